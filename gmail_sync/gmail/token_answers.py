"""Judge the token endpoint's answer: a new access token, the end of a grant, or nothing yet. Pure.

google-auth takes any JSON for a token, loses the answer for some subtypes, and sleeps between tries of its own.
Specification: https://www.rfc-editor.org/rfc/rfc6749#section-5
"""

import re
from dataclasses import dataclass
from typing import Any

from gmail_sync.exceptions import ClientRefused, GmailError, GmailUnavailable, GrantLost
from gmail_sync.google import grant_ends
from gmail_sync.google.answers import Answer

REFUSING = (400, 401, 403)
OF_THE_CLIENT = {
    "invalid_client",
    "deleted_client",
    "disabled_client",
    "unauthorized_client",
    "unsupported_grant_type",
}
# `unauthorized_client` is said of both; of the grant only where the text has it as what is wrong.
_OF_THE_GRANT = re.compile(r"\b(token|grant) (has been|was|is)\b", re.IGNORECASE)
LIFETIME_SECONDS = 3_600  # Google's, where the answer does not say; a token that lives less is refused with 401
LONGEST_LIFETIME_SECONDS = 86_400
LONGEST_TOKEN = 8_192  # Google allows itself 2,048 bytes


@dataclass(frozen=True)
class Tokens:
    """The granted tokens; `refresh_token` is empty if the old one stays valid."""

    access_token: str
    lifetime_seconds: int
    refresh_token: str


def tokens(answer: Answer) -> Tokens:
    """Return the tokens of the answer. Raises GrantLost, ClientRefused or GmailUnavailable."""
    if answer.status != 200:
        raise refusal(answer)
    document = answer.document()
    access_token, refresh_token = document.get("access_token"), document.get("refresh_token")
    lifetime = document.get("expires_in", LIFETIME_SECONDS)
    if not is_token(access_token) or not (refresh_token is None or is_token(refresh_token)):
        raise GmailUnavailable("token endpoint: no token that can be used")
    if type(lifetime) is not int or not 1 <= lifetime <= LONGEST_LIFETIME_SECONDS:
        raise GmailUnavailable("token endpoint: a token without a usable lifetime")
    if str(document.get("token_type", "Bearer")).lower() != "bearer":
        raise GmailUnavailable("token endpoint: a token of an unknown type")
    return Tokens(str(access_token), lifetime, refresh_token or "")


def is_token(value: Any) -> bool:
    """Tell whether the value can stand in an Authorization header as it is."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TOKEN and all("!" <= char <= "~" for char in value)


def refusal(answer: Answer) -> GmailError:
    """Return the exception to raise for an answer that grants nothing: final only if it is well formed."""
    document = answer.document() if answer.status in REFUSING else {}
    code = document.get("error")
    if code == "unauthorized_client" and _OF_THE_GRANT.search(str(document.get("error_description", ""))[:1_000]):
        return GrantLost(grant_ends.said(code, None), code)
    if isinstance(code, str) and code in grant_ends.FINAL and code not in OF_THE_CLIENT:
        subtype = document.get("error_subtype")
        return GrantLost(grant_ends.said(code, subtype), grant_ends.cause(code, subtype))
    if isinstance(code, str) and code in OF_THE_CLIENT:
        return ClientRefused(f"the token endpoint says {code}: check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET")
    said = code[:100] if isinstance(code, str) else "from something between us and Google"
    return GmailUnavailable(f"token endpoint: {answer.status} {said}", answer.wait_seconds())
