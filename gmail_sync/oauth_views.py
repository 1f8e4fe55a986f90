"""Connecting and disconnecting a mailbox: the three views around the consent."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET, require_POST

from gmail_sync import membership, oauth
from gmail_sync.exceptions import ConsentFailed

SESSION_KEY = "gmail_consent"


class SignedInRequest(HttpRequest):
    """LoginRequiredMiddleware lets nobody else through."""

    user: User


@require_POST
def connect(request: SignedInRequest) -> HttpResponse:
    """Send the user to Google; what the callback needs waits in his session."""
    if not settings.GOOGLE_CLIENT_ID:
        sentence = "No Google client is configured here, so no mailbox can be connected; ask your operator."
        return render(request, "gmail_sync/consent_failed.html", {"sentence": sentence}, status=400)
    redirect_uri = request.build_absolute_uri(reverse("callback"))
    asked = oauth.authorization_request(redirect_uri)
    request.session[SESSION_KEY] = {
        "state": asked.state,
        "code_verifier": asked.code_verifier,
        "redirect_uri": redirect_uri,
    }
    return HttpResponseRedirect(asked.url)


@require_GET
def callback(request: SignedInRequest) -> HttpResponse:
    """Google sent the user back: connect the mailbox, or say in one sentence why not."""
    try:
        account = membership.join(request.user.pk, _granted(request))
    except ConsentFailed as failed:
        return render(request, "gmail_sync/consent_failed.html", {"sentence": str(failed)}, status=400)
    messages.success(request, f"{account.email} is connected.")
    return redirect("accounts")


def _granted(request: SignedInRequest) -> oauth.Grant:
    asked = request.session.pop(SESSION_KEY, None)  # a state serves once
    if asked is None or not constant_time_compare(asked["state"], request.GET.get("state", "")):
        raise ConsentFailed("This consent was not started here, or was answered already; please connect again.")
    if "error" in request.GET:
        raise ConsentFailed("You did not allow the access, so nothing was connected.")
    if not request.GET.get("code"):
        raise ConsentFailed("Google sent no code; please connect again.")
    return oauth.exchange(request.GET["code"], asked["code_verifier"], asked["redirect_uri"])


@require_POST
def disconnect(request: SignedInRequest, account_id: int) -> HttpResponse:
    """The user no longer sees the mailbox."""
    if membership.leave(request.user.pk, account_id):
        messages.success(request, "The mailbox is disconnected.")
    return redirect("accounts")
