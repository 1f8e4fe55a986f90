"""Ask the token endpoint for a new access token; token_answers.py judges its answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from google.auth.credentials import Credentials

from gmail_sync.exceptions import GmailUnavailable, GrantLost
from gmail_sync.gmail.refusals import NO_ANSWER
from gmail_sync.gmail.token_answers import is_token, tokens
from gmail_sync.google.answers import Answer
from gmail_sync.google.http import thread_http

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class GrantCredentials(Credentials):  # type: ignore[misc]  # google-auth has no types
    """A mailbox's grant, as Google's library uses it: whenever a new access token is due, we ask for it ourselves.

    It asks once each time: the mailbox's row says when to repeat it.
    """

    def __init__(self, stored: dict[str, Any]) -> None:
        super().__init__()
        usable, expiry = is_token(stored.get("token")), stored.get("expiry")
        self.token = stored["token"] if usable else None
        self.expiry = datetime.fromisoformat(expiry) if usable and expiry else None  # naive UTC, as google-auth wants
        self.refresh_token = str(stored.get("refresh_token") or "")

    def refresh(self, request: Any) -> None:
        """Get a new access token, on this thread's connections and not on the given ones.

        Raises GrantLost, ClientRefused, GmailUnavailable; the old tokens stay then.
        """
        if not self.refresh_token:
            raise GrantLost("no refresh token is stored")
        form = {
            "grant_type": "refresh_token",
            "client_id": settings.GOOGLE_CLIENT_ID,
            "client_secret": settings.GOOGLE_CLIENT_SECRET,
            "refresh_token": self.refresh_token,
        }
        asked_at = datetime.now(UTC).replace(tzinfo=None)
        try:
            response, body = thread_http().request(settings.GOOGLE_TOKEN_URL, "POST", urlencode(form), dict(FORM))
        except NO_ANSWER as error:
            raise GmailUnavailable(f"token endpoint: {type(error).__name__}") from error
        granted = tokens(Answer.of(response, body))
        self.token, self.expiry = granted.access_token, asked_at + timedelta(seconds=granted.lifetime_seconds)
        self.refresh_token = granted.refresh_token or self.refresh_token
