"""The reasons for which Google ends a grant, each with the page where somebody can change it.

Session control: https://support.google.com/a/answer/9368756 · App access control: .../a/answer/7281227
"""

from typing import Any

SESSION_PAGE = (
    "https://admin.google.com > Security > Access and data control > Google Cloud session control "
    "(reauthentication policy)"
)
APPS_PAGE = "https://admin.google.com/ac/owl/list?tab=configuredApps"
AUDIENCE_PAGE = "https://console.cloud.google.com/auth/audience"
SCOPES_PAGE = "https://console.cloud.google.com/auth/scopes"

# Answers of the token endpoint that are final for a grant, each in every `error_subtype`.
FINAL = {
    "invalid_grant": "Google has ended the consent",
    "admin_policy_enforced": "the administrator of its Google Workspace does not allow this app",
    "org_internal": "the OAuth client is only for its own organisation",
    "restricted_client": "Google or the administrator restricts what the OAuth client may ask for",
    "invalid_scope": "the OAuth client may no longer ask for reading mail",
    "unauthorized_client": "the grant was not given to this OAuth client",
    "access_denied": "the access was denied",
    "account_disabled": "the Google account is disabled",
}
_SESSION = "its Google Workspace asks its users to sign in again after some hours (session control)"
_SUBTYPES = {"invalid_rapt": _SESSION, "rapt_required": _SESSION}

_TRUST = f"let the administrator trust the OAuth client on {APPS_PAGE} (app access control)"
_EXEMPT = f"let the administrator choose a longer session or exempt trusted apps on {SESSION_PAGE}"
_MENDS = {
    "invalid_rapt": _EXEMPT,
    "rapt_required": _EXEMPT,
    "admin_policy_enforced": _TRUST,
    "domainPolicy": _TRUST,
    "org_internal": f"make the OAuth client's audience External on {AUDIENCE_PAGE}",
    "restricted_client": f"{_TRUST}, and compare the client's scopes on {SCOPES_PAGE}",
    "invalid_scope": f"add the scope gmail.readonly to the OAuth client on {SCOPES_PAGE}",
}


def cause(code: str, subtype: Any) -> str:
    """Return the most precise reason: the subtype if we know it, else the code."""
    return subtype if isinstance(subtype, str) and subtype in _SUBTYPES else code


def said(code: str, subtype: Any) -> str:
    """Return the code, the subtype if we know it, and their meaning; short enough for a list."""
    known = cause(code, subtype)
    name = code if known == code else f"{code}, {known}"
    return f"{name}: {_SUBTYPES.get(known) or FINAL[code]}"


def mend(cause: str) -> str:
    """Return what has to change before a new consent lasts; empty if nothing has to."""
    return _MENDS.get(cause, "")
