"""Read which mailbox a page is asked for."""

from django.http import Http404

from gmail_sync.consent.views import SignedInRequest
from gmail_sync.models import GmailAccount


def asked_account(request: SignedInRequest) -> int | None:
    """Return the mailbox of `?account=`, None for all. Raises Http404 for one that is not theirs."""
    asked = request.GET.get("account")
    if not asked:
        return None
    if not _is_number(asked) or not GmailAccount.objects.filter(pk=int(asked), users=request.user).exists():
        raise Http404("no such mailbox")
    return int(asked)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 20 and int(text) < 2**63  # as far as a column goes
