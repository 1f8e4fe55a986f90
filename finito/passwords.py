"""The pages for passwords: Django's views with our templates."""

from threading import BoundedSemaphore, Thread
from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.messages.views import SuccessMessageMixin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.decorators.http import require_GET

MAIL_PAUSE_SECONDS = 300  # one link to a user in that time, by each process
AT_ONCE = 4  # mails on their way; further requests send none, and the user asks again

_slots = BoundedSemaphore(AT_ONCE)


class ChangePassword(SuccessMessageMixin, views.PasswordChangeView):  # type: ignore[type-arg]  # generic for mypy only
    """Change one's own password; this session stays, all others end."""

    template_name = "registration/change_password.html"
    success_url = reverse_lazy("accounts")
    success_message = "Your password is changed."


class ResetForm(PasswordResetForm):
    """A form that sends its mail in the background, and not again and again."""

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Send in a thread: the time of the answer must not tell whether there is such a user."""

        def send() -> None:
            try:
                send_now(subject_template_name, email_template_name, context, from_email, to_email)
            finally:
                _slots.release()

        send_now = super().send_mail
        if _slots.acquire(blocking=False):
            if cache.add(f"password-link-{context['user'].pk}", True, MAIL_PAUSE_SECONDS):
                Thread(target=send, name="mail", daemon=True).start()
            else:
                _slots.release()


class ResetPassword(views.PasswordResetView):
    """Send a link by mail if EMAIL_URL is set; the answer is the same for any name."""

    template_name = "registration/reset_password.html"
    subject_template_name = "registration/reset_subject.txt"
    email_template_name = "registration/reset_mail.txt"
    form_class = ResetForm
    success_url = reverse_lazy("password_reset_sent")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"mail_configured": bool(settings.EMAIL_URL)}

    def form_valid(self, form: Any) -> HttpResponse:
        return super().form_valid(form) if settings.EMAIL_URL else redirect("password_reset")


class ResetSent(ResetPassword):
    """The page after that."""

    extra_context: Any = {"sent": True}


class SetPassword(SuccessMessageMixin, views.PasswordResetConfirmView):  # type: ignore[type-arg]  # generic for mypy only
    """Set a new password by the mail's link."""

    template_name = "registration/set_password.html"
    success_url = reverse_lazy("login")
    success_message = "Your password is set; sign in with it."


@login_not_required
@require_GET
def password_link(request: HttpRequest) -> HttpResponse:
    """Take the mail's token out of the address: it comes in the query, which nothing logs, and not in the path."""
    uid, token = request.GET.get("uid", ""), request.GET.get("token", "")
    view = SetPassword()
    user = view.get_user(uid)
    if user is not None and view.token_generator.check_token(user, token):
        request.session[views.INTERNAL_RESET_SESSION_TOKEN] = token
    return redirect("password_set", uidb64=uid if user is not None else "-", token=view.reset_url_token)
