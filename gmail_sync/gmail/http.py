"""Make calls to Gmail: credentials, connections, budget, and one exception of ours for each way to fail."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

from gmail_sync import metrics
from gmail_sync.exceptions import AccessRefused, GmailError, GmailUnavailable, NotFound
from gmail_sync.gmail import multipart
from gmail_sync.gmail.refusals import NO_ANSWER, SCOPE_MISSING, reaction, refusal
from gmail_sync.gmail.token_endpoint import GrantCredentials
from gmail_sync.google.answers import Answer
from gmail_sync.google.http import CALL_SECONDS, Http, thread_http
from gmail_sync.quota import UNITS

# What an answer has at least, and below what its numbers are; without it, it is not Gmail's.
EXPECTED = {
    "getProfile": {"historyId": 2**63},
    "history.list": {"historyId": 2**63},
    "watch": {"expiration": 253_402_300_800_000},  # the year 10000, in milliseconds
}


EMPTY = {"stop", "messages.batchModify"}  # answered by nothing
WRITING = {"messages.modify", "messages.batchModify"}  # a consent may cover reading alone


@dataclass(frozen=True)
class Service:
    """The client library's resources. They make requests and keep no state, so that threads may share them."""

    users: Any
    messages: Any
    history: Any
    labels: Any
    attachments: Any
    threads: Any
    batch_uri: str


@cache
def service() -> Service:
    """Return the client library's Gmail, built once: making its resources takes longer than a call."""
    document = json.loads(get_static_doc("gmail", "v1"))
    root = settings.GMAIL_API_ROOT.rstrip("/") + "/"
    # The option `api_endpoint` would not redirect batch calls.
    gmail = build_from_document({**document, "rootUrl": root}, http=Http())
    users = gmail.users()
    messages = users.messages()
    return Service(
        users,
        messages,
        users.history(),
        users.labels(),
        messages.attachments(),
        users.threads(),
        root + document["batchPath"],
    )


class Call(NamedTuple):
    """A call within a batch: the method, as the budget and the metrics name it, and the client library's request."""

    method: str
    request: Any


class GmailHttp:
    """One mailbox's access. `spend` gets the units before each call; it renews the claim, and may refuse."""

    def __init__(self, credentials: dict[str, Any], spend: Callable[[float], None] = lambda units: None) -> None:
        self._credentials = GrantCredentials(credentials)
        self._before = credentials
        self._spend = spend
        self._http = AuthorizedHttp(self._credentials, http=thread_http())
        self.accepted = False  # Gmail has taken this access for a call

    def refreshed_credentials(self) -> dict[str, Any] | None:
        """Return the credentials to store if a call has refreshed the access token, else None."""
        token, expiry = self._credentials.token, self._credentials.expiry
        if token is None or token == self._before.get("token"):
            return None
        return {
            **self._before,
            "token": token,
            "expiry": expiry.isoformat() if expiry else None,
            "refresh_token": self._credentials.refresh_token,
        }

    def call(self, method: str, request: Any, not_found: type[GmailError] = AccessRefused) -> dict[str, Any]:
        """Execute the request. Raises `not_found` for a 404, which mostly says that the mailbox is gone."""
        try:
            answer = self._guarded([method], lambda: request.execute(http=self._http))
        except NotFound as error:
            raise self._belonging(method, not_found(str(error))) from error
        metrics.GMAIL_CALLS.labels(method=method, status=200).inc()
        if answer == "" and method in EMPTY:
            answer = {}
        if not isinstance(answer, dict) or not _is_as_expected(method, answer):
            raise GmailUnavailable(f"{method} is answered by something else than Gmail")  # a portal, a proxy
        self.accepted = True
        return answer

    def batch(self, calls: dict[str, Call]) -> tuple[dict[str, dict[str, Any]], dict[str, GmailError]]:
        """Execute the calls as one. Returns answers and refusals by name; each is charged and counted by itself."""
        answers: dict[str, dict[str, Any]] = {}
        refusals: dict[str, GmailError] = {}

        def run() -> None:
            for name, answer in self._asked({name: call.request for name, call in calls.items()}).items():
                metrics.GMAIL_CALLS.labels(method=calls[name].method, status=answer.status).inc()
                if answer.status < 300:
                    answers[name] = answer.json()  # whatever it is: one message's poison is the ledger's
                else:
                    refusals[name] = refusal(answer)

        self._guarded([call.method for call in calls.values()], run)
        self.accepted |= any(isinstance(answer, dict) for answer in answers.values())
        return answers, {name: self._belonging(calls[name].method, why) for name, why in refusals.items()}

    def _asked(self, requests: dict[str, Any]) -> dict[str, Answer]:
        """Return the answers by name, in order. What was refused as unauthorized is asked once more."""
        answers = self._asked_once(requests)
        if denied := {name: requests[name] for name, answer in answers.items() if answer.status == 401}:
            self._credentials.refresh(None)
            answers |= self._asked_once(denied)
        return {name: answers[name] for name in requests}

    def _asked_once(self, requests: dict[str, Any]) -> dict[str, Answer]:
        content_type, written = multipart.written(requests)
        response, body = self._http.request(service().batch_uri, "POST", written, {"content-type": content_type})
        if response.status >= 300:
            raise HttpError(response, body)
        return dict(multipart.answers(response.get("content-type", ""), body))

    def _belonging(self, method: str, refusal: GmailError) -> GmailError:
        """Return the refusal: about the call alone if Gmail has taken this access for another one (RULES R19)."""
        of_writing = method in WRITING and refusal.cause == SCOPE_MISSING
        if isinstance(refusal, AccessRefused) and self.accepted and not of_writing:
            return GmailUnavailable(f"{method}: {refusal}")
        return refusal

    def _guarded(self, methods: list[str], run: Callable[[], Any]) -> Any:
        """Run what calls these methods, within the budget. Raises GmailError for every fault, and what `spend` raises.

        A fault of a whole batch counts as one of its first method.
        """
        self._spend(sum(UNITS[method] for method in methods))
        for method in methods:
            metrics.GMAIL_UNITS.labels(method=method).inc(UNITS[method])
        method = methods[0]
        try:
            with thread_http().within(CALL_SECONDS):
                return run()
        except GmailError:  # of a refresh
            metrics.GMAIL_CALLS.labels(method=method, status="none").inc()
            raise
        except HttpError as error:
            metrics.GMAIL_CALLS.labels(method=method, status=error.status_code).inc()
            raise self._belonging(method, reaction(error)) from error
        except NO_ANSWER as error:
            metrics.GMAIL_CALLS.labels(method=method, status="none").inc()
            raise GmailUnavailable(type(error).__name__) from error


def _is_as_expected(method: str, answer: dict[str, Any]) -> bool:
    """Tell whether the answer has all that Gmail's always has; Gmail writes numbers as text."""
    if method == "getProfile" and "@" not in str(answer.get("emailAddress")):
        return False
    numbers = [(str(answer.get(name)), limit) for name, limit in EXPECTED.get(method, {}).items()]
    return all(text.isascii() and text.isdigit() and len(text) < 20 and int(text) < limit for text, limit in numbers)
