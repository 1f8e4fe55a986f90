"""The views around the consent: connect and disconnect a mailbox, sign in with Google."""

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from gmail_sync.consent import asked, google, membership, renaming, sign_in
from gmail_sync.consent.asked import Asked
from gmail_sync.consent.refusals import NO_CODE, NOT_STARTED, STAYS_READ_ONLY, Whose, refused
from gmail_sync.exceptions import ConsentFailed
from gmail_sync.models import GmailAccount
from gmail_sync.states import AccountState

logger = structlog.get_logger(__name__)

NEXT_LIMIT = 1_000
UNCONFIGURED = "No Google client is configured here, so no mailbox can be connected; ask your operator."
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignedInRequest(HttpRequest):
    """A request of a signed-in user: LoginRequiredMiddleware lets no other through."""

    user: User


@require_POST
def connect(request: SignedInRequest) -> HttpResponse:
    """Send the user to Google, for the mailbox that the form names (`account`) or for any."""
    waiting = _own_mailbox(request)
    if not settings.GOOGLE_CLIENT_ID:
        return _failed(request, None, ConsentFailed(UNCONFIGURED, Whose.SETUP))
    wanted = Asked(_callback_url(request), request.user.pk, account_id=waiting.pk if waiting else None)
    return _sent_to_google(request, wanted, _hint(waiting) if waiting else "")


@require_POST
def allow(request: SignedInRequest, account_id: int) -> HttpResponse:
    """Send the user to Google, to allow changes of their mailbox beside reading it."""
    mailbox = GmailAccount.objects.filter(pk=account_id, users=request.user).first()
    if mailbox is None:
        raise Http404("no such mailbox")
    if not settings.GOOGLE_CLIENT_ID:
        return _failed(request, None, ConsentFailed(UNCONFIGURED, Whose.SETUP))
    wanted = Asked(_callback_url(request), request.user.pk, account_id=mailbox.pk, act=True)
    return _sent_to_google(request, wanted, _hint(mailbox))


@login_not_required
@require_POST
def sign_in_with_google(request: HttpRequest) -> HttpResponse:
    """Send a stranger to Google to sign in and, if they wish (`mail`), to connect their mailbox."""
    if not sign_in.is_offered():
        raise Http404("not offered")
    mail, target = bool(request.POST.get("mail")), request.POST.get("next", "")
    wanted = Asked(_callback_url(request), mail=mail, next=_safe(request, target))
    return _sent_to_google(request, wanted)


@login_not_required
def callback(request: HttpRequest) -> HttpResponse:
    """Take the browser back from Google: connect or sign in, or say in one sentence why not."""
    wanted = asked.recall(request)
    if not request.user.is_authenticated and (wanted is None or not wanted.signs_in):
        return redirect_to_login(request.get_full_path())
    response = _answer(request, wanted)
    if request.method == "GET":
        asked.forget(request, response)
    return response


@require_GET
def _answer(request: HttpRequest, wanted: Asked | None) -> HttpResponse:
    try:
        if wanted is None or not (wanted.signs_in or wanted.user_id == request.user.pk):
            raise ConsentFailed(NOT_STARTED, Whose.NOBODY)
        redeemed = _redeemed(request, wanted)
        return _signed_in(request, wanted, redeemed) if wanted.signs_in else _connected(request, wanted, redeemed)
    except ConsentFailed as failed:
        logger.info("consent.failed", whose=failed.whose)
        if wanted is not None and wanted.act:
            messages.warning(request, STAYS_READ_ONLY if failed.whose == Whose.USER else str(failed))
            return redirect("accounts")
        return _failed(request, wanted, failed)


def _redeemed(request: HttpRequest, wanted: Asked) -> google.Redeemed:
    query = request.GET
    if "error" in query:
        raise refused(*(query.get(name) for name in ("error", "error_subtype", "error_description")))
    if not query.get("code"):
        raise ConsentFailed(NO_CODE, Whose.GOOGLE)
    verifier = asked.code_verifier(query["state"])
    return google.redeem(query["code"], verifier, wanted.redirect_uri, wanted.mail, wanted.act)


def _connected(request: HttpRequest, wanted: Asked, redeemed: google.Redeemed) -> HttpResponse:
    user_id, grant = request.user.pk or 0, google.prove(redeemed)
    if wanted.act and not grant.can_act:
        raise ConsentFailed(STAYS_READ_ONLY, Whose.USER)
    asked_for = GmailAccount.objects.filter(users__pk=user_id, pk=wanted.account_id or 0).first()
    if asked_for is not None and asked_for.google_sub != grant.sub:
        waits = asked_for.state == AccountState.REAUTH_REQUIRED
        stands = "still waits for your consent" if waits else "stays as it was"
        messages.warning(
            request, f"You chose {grant.email} at Google, so nothing was changed: {asked_for.email} {stands}."
        )
        return redirect("accounts")
    account = membership.join(user_id, grant)
    done = "You can now act on {}." if wanted.act else "{} is connected."
    messages.success(request, done.format(account.email))
    return redirect("accounts")


def _signed_in(request: HttpRequest, wanted: Asked, redeemed: google.Redeemed) -> HttpResponse:
    """Sign the user in before the mailbox is looked at: its faults keep nobody out."""
    user = sign_in.user_of(google.identify(redeemed))
    login(request, user, MODEL_BACKEND)
    logger.info("user.signed_in_with_google", user=user.pk)
    if wanted.mail:
        try:
            account = membership.join(user.pk, google.prove(redeemed))
            messages.success(request, f"{account.email} is connected.")
        except ConsentFailed as failed:
            messages.warning(request, f"You are signed in, but your mailbox is not connected. {failed}")
    # No `redirect`: to that, a word without a slash is the name of a view.
    return HttpResponseRedirect(_safe(request, wanted.next) or settings.LOGIN_REDIRECT_URL)


def _failed(request: HttpRequest, wanted: Asked | None, failed: ConsentFailed) -> HttpResponse:
    context = {"sentence": str(failed), "wanted": wanted, "offered": sign_in.is_offered()}
    return render(request, "gmail_sync/consent_failed.html", context, status=400)


@require_POST
def disconnect(request: SignedInRequest, account_id: int) -> HttpResponse:
    """Take the mailbox from the user."""
    if membership.leave(request.user.pk, account_id):
        messages.success(request, "The mailbox is disconnected.")
    return redirect("accounts")


def _sent_to_google(request: HttpRequest, wanted: Asked, login_hint: str = "") -> HttpResponse:
    state = wanted.sign()
    consent = google.authorization_request(
        wanted.redirect_uri,
        state=state,
        code_verifier=asked.code_verifier(state),
        mail=wanted.mail,
        act=wanted.act,
        login_hint=login_hint,
    )
    response = HttpResponseRedirect(consent.url)
    asked.remember(request, response, state)
    return response


def _own_mailbox(request: SignedInRequest) -> GmailAccount | None:
    text = request.POST.get("account", "")
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
    mailbox = GmailAccount.objects.filter(pk=number, users=request.user).first()
    if mailbox is None:
        raise Http404("no such mailbox")
    return mailbox


def _hint(account: GmailAccount) -> str:
    """Return the Google account to offer, by its address or its `sub`."""
    return account.google_sub if renaming.is_placeholder(account.email) else account.email


def _callback_url(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("callback"))


def _safe(request: HttpRequest, target: str) -> str:
    """Return the page to go to after the sign-in; empty if it is not one of ours."""
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=hosts, require_https=request.is_secure())
    return target if safe and len(target) <= NEXT_LIMIT else ""
