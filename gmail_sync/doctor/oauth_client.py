"""The probe of the OAuth client: how Google refuses a wrong code tells whether it knows the client.

Specification: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""

from collections.abc import Iterator

import httpx
from django.conf import settings

from gmail_sync.doctor.report import Finding, fault, ok, skipped, unset
from gmail_sync.google.answers import Answer

CHECK = "oauth client"
TIMEOUT_SECONDS = 8
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # nosec B105  # an address
CLIENTS_PAGE = "https://console.cloud.google.com/auth/clients"
UNKNOWN = {"invalid_client", "unauthorized_client", "deleted_client", "disabled_client"}
_COPY = f"copy id and secret of the client of type Web application from {CLIENTS_PAGE} into GOOGLE_CLIENT_ID and "
SET_UP = "set-up"
FIRST_STEP = (
    f"make an OAuth client of type Web application on {CLIENTS_PAGE} and set GOOGLE_CLIENT_ID and "
    "GOOGLE_CLIENT_SECRET; README.md, 'Connect your Google project', has all steps."
)
MEND = _COPY + "GOOGLE_CLIENT_SECRET."


def probe() -> Iterator[Finding]:
    """Send a wrong code with our id and secret."""
    if missing := unset("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"):
        yield skipped(CHECK, missing)
        yield fault(SET_UP, "no mailbox can be connected: Google does not know this installation yet.", FIRST_STEP)
        return
    at_google = settings.GOOGLE_TOKEN_URL == GOOGLE_TOKEN_URL
    if at_google and not settings.GOOGLE_CLIENT_ID.endswith(".apps.googleusercontent.com"):
        yield fault(CHECK, "GOOGLE_CLIENT_ID does not end in .apps.googleusercontent.com.", MEND)
        return
    form = {
        "grant_type": "authorization_code",
        "code": "check_gmail",
        "redirect_uri": "http://localhost/accounts/callback/",
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
    }
    try:
        answer = httpx.post(settings.GOOGLE_TOKEN_URL, data=form, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        said = f"the token endpoint cannot be reached ({type(error).__name__})."
        yield fault(CHECK, said, f"curl -v {settings.GOOGLE_TOKEN_URL} says why from this machine.")
        return
    yield _judge(answer)


def _judge(answer: httpx.Response) -> Finding:
    """Judge the answer: only an OAuth error in JSON is the token endpoint's own, a page is somebody else's."""
    code = Answer(answer.status_code, answer.headers.get("content-type", ""), answer.content).document().get("error")
    if isinstance(code, str) and code in UNKNOWN:
        said = f"the token endpoint says {code}: Google does not know this id and secret."
        return fault(CHECK, said, MEND)
    if not isinstance(code, str) or answer.status_code not in (400, 401, 403):
        said = f"the token endpoint answers {answer.status_code} and no OAuth error."
        mend = f"curl -v -X POST {settings.GOOGLE_TOKEN_URL} shows who answers (a proxy, a sign-in page?); "
        return fault(CHECK, said, f"{mend}without GOOGLE_TOKEN_URL it is Google's.")
    return ok(CHECK, "its id and secret are accepted.")
