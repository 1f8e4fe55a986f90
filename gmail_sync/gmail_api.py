"""The only file that talks to Gmail. Gmail's spelling and Google's exceptions end here.

Specification: https://developers.google.com/gmail/api/reference/rest
"""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPException
from typing import Any

import httplib2
import structlog
from django.conf import settings
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import BatchError, HttpError

from gmail_sync import metrics
from gmail_sync.exceptions import (
    GmailError,
    GmailMisconfigured,
    GmailUnavailable,
    GrantLost,
    HistoryExpired,
    NotFound,
)
from gmail_sync.history import Record, parse_records
from gmail_sync.mail import Headers, parse_headers
from gmail_sync.refusals import reaction, refresh_reaction

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10
PAGE_SIZE = 500
BATCH_SIZE = 25  # more at once is answered by "Too many concurrent requests for user"
HEADER_NAMES = ["From", "To", "Subject"]

_local = threading.local()


@cache
def service() -> Any:
    """The client library's Gmail, built once: parsing the discovery document takes longer than a call."""
    document = json.loads(get_static_doc("gmail", "v1"))
    root = settings.GMAIL_API_ROOT.rstrip("/") + "/"
    # The option `api_endpoint` would not redirect batch calls.
    return build_from_document({**document, "rootUrl": root}, http=httplib2.Http(timeout=TIMEOUT_SECONDS))


def thread_http() -> httplib2.Http:
    """This thread's connections: httplib2 is not safe to share."""
    if not hasattr(_local, "http"):
        _local.http = httplib2.Http(timeout=TIMEOUT_SECONDS)
    http: httplib2.Http = _local.http
    return http


class Gmail:
    """One mailbox, by one set of credentials. `between` is called before each call (a claim is renewed there)."""

    def __init__(self, credentials: dict[str, Any], between: Callable[[], None] = lambda: None) -> None:
        expiry = credentials.get("expiry")
        self._credentials = Credentials(
            token=credentials.get("token"),
            refresh_token=credentials.get("refresh_token"),
            expiry=datetime.fromisoformat(expiry) if expiry else None,  # naive UTC, as google-auth wants it
            token_uri=settings.GOOGLE_TOKEN_URL,
            client_id=settings.GOOGLE_CLIENT_ID,
            client_secret=settings.GOOGLE_CLIENT_SECRET,
        )
        self._before = credentials
        self._between = between
        self._http = AuthorizedHttp(self._credentials, http=thread_http())
        self._users = service().users()

    def refreshed_credentials(self) -> dict[str, Any] | None:
        """The credentials to store if a call has refreshed the access token, else None."""
        if self._credentials.token == self._before.get("token"):
            return None
        expiry = self._credentials.expiry
        return {
            **self._before,
            "token": self._credentials.token,
            "expiry": expiry.isoformat() if expiry else None,
            "refresh_token": self._credentials.refresh_token,
        }

    def profile(self) -> tuple[str, int]:
        """The mailbox's address, as its pushes spell it, and its present historyId (1 unit).

        Every call raises GrantLost for a mailbox that is gone.
        """
        answer = self._call("getProfile", self._users.getProfile(userId="me"))
        return str(answer["emailAddress"]).lower(), int(answer["historyId"])

    def history(self, start: int) -> tuple[list[Record], int]:
        """All records after `start`, every page, and the historyId of the last one (2 units a page).

        Raises HistoryExpired if Gmail no longer goes back that far.
        """
        records: list[Record] = []
        token = None
        while True:
            request = self._users.history().list(
                userId="me", startHistoryId=str(start), maxResults=PAGE_SIZE, pageToken=token
            )
            page = self._call("history.list", request, HistoryExpired)
            records += parse_records(page)
            token = page.get("nextPageToken")
            if not token:
                return records, int(page["historyId"])

    def inbox_ids(self, limit: int) -> list[str]:
        """The ids of the newest inbox messages, newest first (5 units a page)."""
        ids: list[str] = []
        token = None
        while len(ids) < limit:
            size = min(PAGE_SIZE, limit - len(ids))
            request = self._users.messages().list(userId="me", labelIds=["INBOX"], maxResults=size, pageToken=token)
            page = self._call("messages.list", request)
            ids += [message["id"] for message in page.get("messages", [])]
            token = page.get("nextPageToken")
            if not token:
                break
        return ids[:limit]

    def headers(self, gmail_ids: list[str]) -> Iterator[dict[str, Headers | None]]:
        """Metadata of the messages, a batch at a time (20 units each); None for one that does not exist.

        One that cannot be read is left out: the others must not wait for it (RULES R16).
        """
        for start in range(0, len(gmail_ids), BATCH_SIZE):
            yield self._batch(gmail_ids[start : start + BATCH_SIZE])

    def _batch(self, gmail_ids: list[str]) -> dict[str, Headers | None]:
        found: dict[str, Headers | None] = {}
        failures: list[HttpError] = []

        def collect(gmail_id: str, answer: dict[str, Any], error: HttpError | None) -> None:
            metrics.GMAIL_CALLS.labels(method="messages.get", status=error.status_code if error else 200).inc()
            if error is None:
                try:
                    found[gmail_id] = parse_headers(answer)
                except (ValueError, LookupError, TypeError, AttributeError) as broken:
                    logger.warning("message.unreadable", message=gmail_id, error=type(broken).__name__)
            elif error.status_code == 404:
                found[gmail_id] = None
            else:
                failures.append(error)

        batch = service().new_batch_http_request(callback=collect)
        for gmail_id in gmail_ids:
            request = self._users.messages().get(
                userId="me", id=gmail_id, format="metadata", metadataHeaders=HEADER_NAMES
            )
            batch.add(request, request_id=gmail_id)
        self._guarded("batch", lambda: batch.execute(http=self._http))
        if failures:
            raise reaction(failures[0]) from failures[0]
        return found

    def watch(self, topic: str) -> datetime:
        """Ask for notifications to `topic`; returns when that ends (100 units). Replaces an earlier watch."""
        # Without labels: Gmail's own filter is unreliable, and what is not mail costs one history read.
        request = self._users.watch(userId="me", body={"topicName": topic})
        answer = self._call("watch", request, GmailMisconfigured)  # 404: there is no such topic
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)

    def stop(self) -> None:
        """End notifications (50 units)."""
        self._call("stop", self._users.stop(userId="me"))

    def _call(self, method: str, request: Any, not_found: type[GmailError] = GrantLost) -> dict[str, Any]:
        """Execute the request. What a 404 means depends on it; mostly, that the mailbox is gone."""
        try:
            answer: dict[str, Any] = self._guarded(method, lambda: request.execute(http=self._http)) or {}
        except NotFound as error:
            raise not_found(str(error)) from error
        metrics.GMAIL_CALLS.labels(method=method, status=200).inc()
        if not isinstance(answer, dict):
            raise GmailUnavailable("no JSON")  # a proxy's page in its place
        return answer

    def _guarded(self, method: str, call: Callable[[], Any]) -> Any:
        """Run a call; whatever goes wrong comes out as one of our own exceptions."""
        self._between()
        try:
            return call()
        except HttpError as error:
            metrics.GMAIL_CALLS.labels(method=method, status=error.status_code).inc()
            raise reaction(error) from error
        except RefreshError as error:
            raise refresh_reaction(error) from error
        except (
            TransportError,
            GoogleAuthError,
            BatchError,
            httplib2.HttpLib2Error,
            HTTPException,  # such as a body that breaks off
            OSError,
            ValueError,
        ) as error:
            raise GmailUnavailable(type(error).__name__) from error
