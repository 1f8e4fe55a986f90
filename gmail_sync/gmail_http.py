"""How a call to Gmail is made: credentials, connections, budget, and one exception of ours for each way to fail."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import httplib2
from django.conf import settings
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

from gmail_sync import metrics
from gmail_sync.exceptions import GmailError, GmailUnavailable, GrantLost, NotFound
from gmail_sync.quota import UNITS
from gmail_sync.refusals import NO_ANSWER, reaction, refresh_reaction

TIMEOUT_SECONDS = 10

_local = threading.local()


@dataclass(frozen=True)
class Service:
    """The client library's resources. They make requests and keep no state, so that threads may share them."""

    users: Any
    messages: Any
    history: Any
    labels: Any
    new_batch: Callable[..., Any]


@cache
def service() -> Service:
    """The client library's Gmail, built once: making its resources takes longer than a call."""
    document = json.loads(get_static_doc("gmail", "v1"))
    root = settings.GMAIL_API_ROOT.rstrip("/") + "/"
    # The option `api_endpoint` would not redirect batch calls.
    gmail = build_from_document({**document, "rootUrl": root}, http=httplib2.Http(timeout=TIMEOUT_SECONDS))
    users = gmail.users()
    return Service(users, users.messages(), users.history(), users.labels(), gmail.new_batch_http_request)


def thread_http() -> httplib2.Http:
    """This thread's connections: httplib2 is not safe to share."""
    if not hasattr(_local, "http"):
        _local.http = httplib2.Http(timeout=TIMEOUT_SECONDS)
    http: httplib2.Http = _local.http
    return http


class GmailHttp:
    """One mailbox's access. `spend` is asked before each call for its units; a claim is renewed there."""

    def __init__(self, credentials: dict[str, Any], spend: Callable[[float], None] = lambda units: None) -> None:
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
        self._spend = spend
        self._http = AuthorizedHttp(self._credentials, http=thread_http())

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

    def call(self, method: str, request: Any, not_found: type[GmailError] = GrantLost) -> dict[str, Any]:
        """Execute the request. What a 404 means depends on it; mostly, that the mailbox is gone."""
        try:
            answer = self._guarded(method, 1, lambda: request.execute(http=self._http)) or {}
        except NotFound as error:
            raise not_found(str(error)) from error
        metrics.GMAIL_CALLS.labels(method=method, status=200).inc()
        if not isinstance(answer, dict):
            raise GmailUnavailable("no JSON")  # a proxy's page in its place
        return answer

    def batch(self, method: str, requests: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, GmailError]]:
        """Execute the requests as one: answers and refusals by name. Each is charged and counted for itself."""
        answers: dict[str, dict[str, Any]] = {}
        refusals: dict[str, GmailError] = {}

        def collect(name: str, answer: dict[str, Any], error: HttpError | None) -> None:
            metrics.GMAIL_CALLS.labels(method=method, status=error.status_code if error else 200).inc()
            if error is None:
                answers[name] = answer
            else:
                refusals[name] = reaction(error)

        batch = service().new_batch(callback=collect)
        for name, request in requests.items():
            batch.add(request, request_id=name)
        self._guarded(method, len(requests), lambda: batch.execute(http=self._http))
        return answers, refusals

    def _guarded(self, method: str, times: int, run: Callable[[], Any]) -> Any:
        """Run it within the budget; whatever goes wrong comes out as one of our own exceptions."""
        units = UNITS[method] * times
        self._spend(units)
        metrics.GMAIL_UNITS.labels(method=method).inc(units)
        try:
            return run()
        except HttpError as error:
            metrics.GMAIL_CALLS.labels(method=method, status=error.status_code).inc()
            raise reaction(error) from error
        except RefreshError as error:
            raise refresh_reaction(error) from error
        except NO_ANSWER as error:
            metrics.GMAIL_CALLS.labels(method=method, status="none").inc()
            raise GmailUnavailable(type(error).__name__) from error
