"""Turn a refusal in Gmail's place into one exception of ours for each reaction. Pure.

Gmail's own word is a JSON object with an `error` in it. A page, a redirect or another program's JSON comes from
something between, and says nothing about the mailbox.
Specification: https://developers.google.com/gmail/api/guides/handle-errors (reactions: docs/gmail.md, 'Errors')
"""

from http.client import HTTPException
from typing import Any

import httplib2
from google.auth.exceptions import GoogleAuthError
from googleapiclient.errors import BatchError, HttpError

from gmail_sync.exceptions import (
    AccessRefused,
    GmailError,
    GmailMisconfigured,
    GmailSyncError,
    GmailThrottled,
    GmailUnavailable,
    NotFound,
    WatchTaken,
)
from gmail_sync.google.answers import Answer

# A network fault, an answer that breaks off, or one that is not what was asked for: Google's library meets the last
# with whatever its code happens to raise.
NO_ANSWER = (
    *(GoogleAuthError, BatchError, httplib2.HttpLib2Error, HTTPException, OSError, ValueError),
    *(LookupError, TypeError, AttributeError, RecursionError),
)
THROTTLES = {
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "backendError",
    "RATE_LIMIT_EXCEEDED",
}
GRANT_TOO_NARROW = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
SCOPE_MISSING, BAD_REQUEST = "insufficientPermissions", "badRequest"  # causes that acting tells apart
FORBIDDEN_BY_ADMINISTRATOR = {"domainPolicy"}
API_DISABLED = {"accessNotConfigured", "SERVICE_DISABLED"}  # in the project, by its owner
DAILY_SECONDS = 3_600  # the day is used up: Gmail says so and not until when


def refusal(answer: Answer) -> GmailError:
    """Return the exception to raise for an answer that is none of 2xx."""
    status, error = answer.status, _error(answer)
    reasons, text = _reasons(error), f"{error.get('message', '')}"[:500]
    if status == 429 or (status == 403 and reasons & THROTTLES):
        wait = DAILY_SECONDS if "dailyLimitExceeded" in reasons else answer.wait_seconds()
        return GmailThrottled(f"{status} {text}", wait)
    if status < 400 or status == 408 or status >= 500 or not error:
        return GmailUnavailable(f"{status} {text or 'from something between us and Gmail'}", answer.wait_seconds())
    if status == 404:
        return NotFound(text)
    if status == 401:
        return AccessRefused("Gmail does not accept the access (401)")
    if status == 403 and reasons & GRANT_TOO_NARROW:
        return _caused(AccessRefused("the consent does not cover reading the mailbox"), SCOPE_MISSING)
    if status == 403 and reasons & FORBIDDEN_BY_ADMINISTRATOR:
        return AccessRefused("the administrator of its Google Workspace does not allow this app (domainPolicy)")
    if status == 400 and "Only one user push notification client allowed" in text:
        return WatchTaken(text)
    if status == 400 and ("Mail service not enabled" in text or "failedPrecondition" in reasons):
        return AccessRefused(f"the account has no mailbox ({text})")
    return _caused(GmailMisconfigured(f"{status} {text}"), BAD_REQUEST if status == 400 else "")


def _caused(refused: GmailError, cause: str) -> GmailError:
    refused.cause = cause
    return refused


def reaction(error: HttpError) -> GmailError:
    """Return the same for the client library's exception."""
    return refusal(_answer(error))


def reasons_of_cause(error: GmailSyncError) -> set[str]:
    """Return the machine-readable reasons of the answer that caused our exception; none without an answer."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, HttpError):
        cause = cause.__cause__
    return reasons_of(cause) if isinstance(cause, HttpError) else set()


def reasons_of(error: HttpError) -> set[str]:
    """Return the machine-readable reasons, from all the places that Google uses."""
    return _reasons(_error(_answer(error)))


def is_googles(error: HttpError) -> bool:
    """Tell whether one of Google's APIs sent the answer, and not something between."""
    return bool(_error(_answer(error)))


def _answer(error: HttpError) -> Answer:
    return Answer.of({**error.resp, "status": error.status_code}, error.content)


def _error(answer: Answer) -> dict[str, Any]:
    """Return Google's error object for this status (https://cloud.google.com/apis/design/errors); empty if none is."""
    error = answer.document().get("error")
    return error if isinstance(error, dict) and error.get("code", answer.status) == answer.status else {}


def _reasons(error: dict[str, Any]) -> set[str]:
    lists = [error.get(key) for key in ("errors", "details")]
    details = [detail for each in lists if isinstance(each, list) for detail in each if isinstance(detail, dict)]
    reasons = {str(detail.get("reason", "")) for detail in details}
    return reasons | ({"failedPrecondition"} if error.get("status") == "FAILED_PRECONDITION" else set())
