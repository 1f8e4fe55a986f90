"""The purpose of a browser's way to Google, kept until it comes back (docs/adr/0021-signing-in-with-google.md).

All of it is in the signed `state`, so that any number of them live side by side and none is stored; that this browser
began it, and that it serves once, is a cookie of its own for each.
"""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

LIVES_SECONDS = 3_600
AT_ONCE = 8
SALT = "gmail_sync.asked"


@dataclass(frozen=True)
class Asked:
    """`user_id` is None for a stranger who wants to sign in; `account_id` is the mailbox that waits for its consent."""

    redirect_uri: str
    user_id: int | None = None
    account_id: int | None = None
    mail: bool = True
    next: str = ""
    act: bool = False  # to change labels, too

    def sign(self) -> str:
        """Return the `state` to send."""
        named = {"id": secrets.token_urlsafe(9), **asdict(self)}
        return signing.dumps(named, salt=SALT, compress=True)

    @property
    def signs_in(self) -> bool:
        """Tell whether the browser went to Google in order to sign in."""
        return self.user_id is None


def code_verifier(state: str) -> str:
    """Derive the secret of PKCE (RFC 7636) from the state, as only we can."""
    return salted_hmac(f"{SALT}.verifier", state, algorithm="sha256").hexdigest()


def remember(request: HttpRequest, response: HttpResponse, state: str) -> None:
    """Let this browser know the state again for an hour; beyond eight states it forgets the oldest."""
    prefix = _prefix()
    living = sorted((value, name) for name, value in request.COOKIES.items() if name.startswith(prefix) and value)
    for _, name in living[: max(0, len(living) - AT_ONCE + 1)]:
        _delete(response, name)
    response.set_cookie(
        _cookie(state),
        f"{time.time():.0f}",
        max_age=LIVES_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def recall(request: HttpRequest) -> Asked | None:
    """Return what the state in the query was for; None if it is not ours, too old, answered, or another browser's."""
    state = request.GET.get("state", "")
    try:
        values: dict[str, Any] = signing.loads(state, salt=SALT, max_age=LIVES_SECONDS)
        del values["id"]
        asked = Asked(**values)
    except (signing.BadSignature, ValueError, KeyError, TypeError):  # also one of a release that asked otherwise
        return None
    return asked if request.COOKIES.get(_cookie(state)) else None


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """Delete the cookie of the state in the query: it serves once."""
    name = _cookie(request.GET.get("state", ""))
    if name in request.COOKIES:
        _delete(response, name)


def _prefix() -> str:
    # The browser takes __Host- from this very host over https alone: no neighbour can plant one.
    return "__Host-asked-" if settings.SESSION_COOKIE_SECURE else "asked-"


def _cookie(state: str) -> str:
    return _prefix() + salted_hmac(f"{SALT}.cookie", state, algorithm="sha256").hexdigest()[:16]


def _delete(response: HttpResponse, name: str) -> None:
    response.set_cookie(name, "", max_age=0, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
