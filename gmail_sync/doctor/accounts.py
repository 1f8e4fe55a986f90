"""The probe of each mailbox: one live call with a fresh access token, which proves the grant."""

from collections.abc import Iterator

from django.conf import settings

from gmail_sync.doctor import watches
from gmail_sync.doctor.oauth_client import CHECK as OAUTH_CLIENT
from gmail_sync.doctor.oauth_client import MEND as CLIENT_MEND
from gmail_sync.doctor.report import Finding, Probe, fault, ok, skipped
from gmail_sync.exceptions import (
    AccessRefused,
    ClientRefused,
    CredentialsUnreadable,
    GmailError,
    GmailMisconfigured,
    GrantLost,
)
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.refusals import API_DISABLED, FORBIDDEN_BY_ADMINISTRATOR, GRANT_TOO_NARROW, reasons_of_cause
from gmail_sync.google import grant_ends
from gmail_sync.models import GmailAccount
from gmail_sync.pubsub.gcloud import enable_api, project_of
from gmail_sync.states import AccountState

RECONNECT = "reconnect it on the page /accounts/, signed in as a user who sees it"
SERVICES_PAGE = "https://admin.google.com/ac/appslist/core"


def probes(broken: set[str]) -> list[Probe]:
    """Return a probe for each mailbox; `broken` are the checks with a fault, whose consequences are not reported."""
    accounts = GmailAccount.objects.exclude(state=AccountState.CLOSING).select_related("watch").order_by("email")
    return [_probe(account, broken) for account in accounts]


def _probe(account: GmailAccount, broken: set[str]) -> Probe:
    return Probe(f"mailbox {account.email}", lambda: probe(account, broken))


def probe(account: GmailAccount, broken: set[str]) -> Iterator[Finding]:
    """Probe the mailbox and, if Gmail answers, its watch."""
    check = f"mailbox {account.email}"
    if OAUTH_CLIENT in broken:
        yield skipped(check, f"waits for the {OAUTH_CLIENT}")
        return
    try:
        email, _ = _ask(account)
    except GrantLost as error:
        yield _grant_lost(check, error)
    except AccessRefused as error:
        yield _access_refused(check, error)
    except ClientRefused as error:
        yield fault(check, f"{error}.", CLIENT_MEND)
    except CredentialsUnreadable as error:
        yield fault(
            check, f"{error}.", "put the key that sealed them back into TOKEN_ENCRYPTION_KEYS, after the first."
        )
    except GmailMisconfigured as error:
        yield _misconfigured(check, error)
    except (GmailError, KeyError, ValueError) as error:
        said = f"Gmail gives no answer ({type(error).__name__}: {error})."
        yield fault(check, said, "try again later; https://www.google.com/appsstatus/dashboard/ tells of outages.")
    else:
        if account.state == AccountState.REAUTH_REQUIRED:
            yield fault(check, f"it waits for its consent ({account.last_error}).", f"{RECONNECT}.")
        elif email != account.email:
            said = f"Gmail names it {email} now, and no worker has asked since."
            yield fault(check, said, "start a worker: it asks within a day, or at the next push for that address.")
        else:
            yield ok(check, "Gmail answers.")
            yield watches.probe(account, broken)


def _ask(account: GmailAccount) -> tuple[str, int]:
    """Return the address and historyId by a new access token: the stored one may outlive its grant by an hour.

    The new one is not stored: the doctor changes nothing, and Google leaves the refresh token as it is.
    """
    if not account.credentials:
        raise GrantLost("no credentials are stored")
    gmail = Gmail({**account.credentials.open(), "token": None, "expiry": None})  # nosec B105  # none at all
    return gmail.profile()


def _grant_lost(check: str, error: GrantLost) -> Finding:
    """Explain the token endpoint's final answer; a grant that a policy ended comes back only with another policy."""
    said = "(invalid_grant)" if error.cause == "invalid_grant" else f"({error})"
    policy = grant_ends.mend(error.cause)
    return fault(check, f"its grant is dead {said}.", f"{policy}; then {RECONNECT}." if policy else f"{RECONNECT}.")


def _access_refused(check: str, error: AccessRefused) -> Finding:
    """Explain Gmail's refusal of tokens that the token endpoint goes on giving."""
    reasons = reasons_of_cause(error)
    if reasons & FORBIDDEN_BY_ADMINISTRATOR:
        return fault(check, f"{error}.", f"{grant_ends.mend('domainPolicy')}; then {RECONNECT}.")
    if reasons & GRANT_TOO_NARROW:
        return fault(
            check, f"{error} (insufficient scope).", f"{RECONNECT}, and leave the box for reading mail ticked."
        )
    if "failedPrecondition" in reasons:
        return fault(check, f"{error}.", f"let the administrator turn Gmail on for it on {SERVICES_PAGE}.")
    said = f"{error}, and the token endpoint gives new ones."
    return fault(check, said, f"try again in some minutes; if it stays so, {RECONNECT}.")


def _misconfigured(check: str, error: GmailMisconfigured) -> Finding:
    if not reasons_of_cause(error) & API_DISABLED:
        return fault(
            check, f"Gmail refuses: {error}", "https://console.cloud.google.com/apis/dashboard shows the refusals."
        )
    number = settings.GOOGLE_CLIENT_ID.partition("-")[0]
    project = number if number.isdigit() else project_of(settings.GMAIL_PUBSUB_TOPIC)
    page = f"https://console.cloud.google.com/apis/library/gmail.googleapis.com?project={project}"
    said = "the Gmail API is not enabled in the OAuth client's project (accessNotConfigured)."
    return fault(check, said, f"{enable_api('gmail', project)} (or {page})")
