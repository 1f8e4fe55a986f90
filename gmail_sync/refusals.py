"""What Google's refusals mean for us: one exception of ours for each reaction. Pure.

Specification: https://developers.google.com/gmail/api/guides/handle-errors
"""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import BatchError, HttpError

from gmail_sync.exceptions import (
    FinitoError,
    GmailError,
    GmailMisconfigured,
    GmailThrottled,
    GmailUnavailable,
    GrantLost,
    NotFound,
    WatchTaken,
)

# A network fault, an answer that breaks off, or one that is not what was asked for.
NO_ANSWER = (GoogleAuthError, BatchError, httplib2.HttpLib2Error, HTTPException, OSError, ValueError)
THROTTLES = {
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "backendError",
}
GRANT_TOO_NARROW = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domainPolicy"}
API_DISABLED = {"accessNotConfigured", "SERVICE_DISABLED"}  # in the project, by its owner
DAILY_SECONDS = 3_600
LONGEST_SECONDS = 86_400  # whatever the header says: nothing of Gmail's takes longer than a day
_RETRY_AFTER = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")


def reaction(error: HttpError) -> GmailError:
    """The exception to raise for a status and reason of the Gmail API."""
    status, reasons, text = error.status_code, reasons_of(error), str(error.reason)
    if status == 404:
        return NotFound(text)
    if status == 401:
        return GrantLost("Google no longer accepts the access")
    if status == 429 or (status == 403 and reasons & THROTTLES):
        retry_after = DAILY_SECONDS if "dailyLimitExceeded" in reasons else retry_after_seconds(error.resp, text)
        return GmailThrottled(f"{status} {text}", retry_after)
    if status >= 500 or reasons & THROTTLES:
        return GmailUnavailable(f"{status} {text}", retry_after_seconds(error.resp, text))
    if status == 403 and reasons & GRANT_TOO_NARROW:
        return GrantLost("the consent does not cover reading the mailbox")
    if status == 400 and "Only one user push notification client allowed" in text:
        return WatchTaken(text)
    if status == 400 and ("Mail service not enabled" in text or "failedPrecondition" in reasons):
        return GrantLost("the account has no mailbox")
    return GmailMisconfigured(f"{status} {text}")


def refresh_reaction(error: RefreshError) -> GmailError:
    """The exception to raise when no new access token could be had."""
    answer = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    code = answer.get("error", "")
    if code in ("invalid_grant", "access_denied", "account_disabled") or (not answer and "refresh_token" in str(error)):
        return GrantLost(code or "no refresh token")
    if code in ("invalid_client", "unauthorized_client"):
        return GmailMisconfigured(f"the token endpoint says {code}: check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET")
    return GmailUnavailable(f"token endpoint: {code or type(error).__name__}")


def retry_after_seconds(headers: dict[str, Any], text: str) -> float | None:
    """How long Gmail asks to wait: the Retry-After header (seconds or a date), or the time in its text."""
    header = str(headers.get("retry-after", ""))
    if header.isascii() and header.isdigit():
        return min(float(header), LONGEST_SECONDS)
    match = _RETRY_AFTER.search(text)
    try:
        moment = datetime.fromisoformat(match[1]) if match else parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:  # HTTP dates are UTC, said or not
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_SECONDS)


def reasons_of_cause(error: FinitoError) -> set[str]:
    """The machine-readable reasons of the answer that one of our exceptions was raised for; none without an answer."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, HttpError):
        cause = cause.__cause__
    return reasons_of(cause) if isinstance(cause, HttpError) else set()


def reasons_of(error: HttpError) -> set[str]:
    """The machine-readable reasons, from both lists that Google uses."""
    try:
        answer = json.loads(error.content)["error"]
        return {detail.get("reason", "") for key in ("errors", "details") for detail in answer.get(key, [])}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()
