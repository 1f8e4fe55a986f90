"""The reasons why a consent failed, a sentence each for the user: they, their administrator, Google, or our set-up.

Pure. What Google sends decides which sentence; only codes that are known are shown, and none of its texts.
Codes: https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors (RFC 6749, 4.1.2.1, 5.2)
"""

from enum import StrEnum

from oauthlib.oauth2 import OAuth2Error

from gmail_sync.exceptions import AccessRefused, ConsentFailed, GmailMisconfigured, GrantLost
from gmail_sync.gmail.refusals import API_DISABLED, reasons_of_cause


class Whose(StrEnum):
    """The party that can change it."""

    USER = "user"
    ADMINISTRATOR = "administrator"
    GOOGLE = "google"
    SETUP = "setup"
    NOBODY = "stale"  # only a new attempt


SENTENCES = {
    Whose.USER: "You did not allow the access, so nothing was connected.",
    Whose.ADMINISTRATOR: "The administrator of this Google account does not allow it ({code}); ask them about it.",
    Whose.GOOGLE: "Google could not finish the consent just now; please try again in a few minutes.",
    Whose.SETUP: "Google does not accept how Finito is set up there ({code}); tell your operator.",
    Whose.NOBODY: "The consent came too late or was used already; please try again.",
}
UNTICKED = "Reading your mail was not allowed; connect again and leave its box ticked."
STAYS_READ_ONLY = "You did not allow Finito to act, so the mailbox stays as it was."
NOT_LASTING = (
    "Google gave no lasting access (no refresh token); remove Finito from your Google account's connected apps and "
    "connect again."
)
NO_MAILBOX = "This Google account has no Gmail mailbox, so there is nothing to connect; choose another account."
NOT_STARTED = "This consent was not started here, or was answered already; please try again."
NO_CODE = "Google sent no code; please connect again."

_CODES = {
    Whose.USER: {"access_denied", "consent_required", "interaction_required", "login_required"},
    Whose.ADMINISTRATOR: {
        "admin_policy_enforced",
        "org_internal",
        "restricted_client",
        "access_blocked",
        "domainpolicy",
        "invalid_rapt",
        "rapt_required",
    },
    Whose.SETUP: {
        "redirect_uri_mismatch",
        "origin_mismatch",
        "invalid_client",
        "deleted_client",
        "disabled_client",
        "unauthorized_client",
        "invalid_scope",
        "invalid_request",
        "unsupported_response_type",
        "unsupported_grant_type",
        "disallowed_useragent",
        "accessnotconfigured",
        "service_disabled",
    },
    Whose.NOBODY: {"invalid_grant"},
}
# A refusal of the administrator's may come as access_denied, with the reason beside it.
_ORDER = (Whose.ADMINISTRATOR, Whose.SETUP, Whose.NOBODY, Whose.USER)


def refused(*said: object) -> ConsentFailed:
    """Explain Google's error by its code and description; an unknown one counts as a passing failure at Google."""
    codes = {part.strip().lower().replace(" ", "_") for part in said if isinstance(part, str)}
    beside = " ".join(codes)
    for whose in _ORDER:
        for code in sorted(_CODES[whose]):
            if code in codes or (whose is Whose.ADMINISTRATOR and code in beside):
                return ConsentFailed(SENTENCES[whose].format(code=code), whose)
    return ConsentFailed(SENTENCES[Whose.GOOGLE], Whose.GOOGLE)


def token_refused(error: Exception) -> ConsentFailed:
    """Explain an error of the token or userinfo endpoint."""
    if isinstance(error, OAuth2Error):
        return refused(error.error, error.description)
    return ConsentFailed(SENTENCES[Whose.GOOGLE], Whose.GOOGLE)


def mailbox_refused(error: Exception) -> ConsentFailed:
    """Explain an error of the mailbox itself after the user has consented."""
    reasons = reasons_of_cause(error) if isinstance(error, AccessRefused | GrantLost | GmailMisconfigured) else set()
    if reasons & API_DISABLED:
        return refused("accessNotConfigured")
    if "domainPolicy" in reasons:
        return refused("domainPolicy")
    if reasons & {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}:
        return ConsentFailed(UNTICKED, Whose.USER)
    if isinstance(error, AccessRefused | GrantLost) and "no mailbox" in str(error):
        return ConsentFailed(NO_MAILBOX, Whose.USER)
    return ConsentFailed(SENTENCES[Whose.GOOGLE], Whose.GOOGLE)
