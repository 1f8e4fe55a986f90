"""What Google's refusals mean: the table of statuses and reasons."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httplib2
import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from gmail_sync.exceptions import (
    GmailError,
    GmailMisconfigured,
    GmailThrottled,
    GmailUnavailable,
    GrantLost,
    NotFound,
    WatchTaken,
)
from gmail_sync.refusals import DAILY_SECONDS, reaction, refresh_reaction, retry_after_seconds

ONLY_ONE = "Only one user push notification client allowed per developer (call /stop then try again)"
NOT_AUTHORIZED = "Error sending test message to Cloud PubSub projects/p/topics/t : User not authorized"


def refused(status: int, reason: str = "", text: str = "", **headers: str) -> HttpError:
    """The client library's exception for an answer of Google's."""
    error = {"code": status, "message": text, "errors": [{"reason": reason, "message": text, "domain": "global"}]}
    response = httplib2.Response({"status": str(status), "content-type": "application/json", **headers})
    return HttpError(response, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("status", "reason", "text", "expected"),
    [
        (401, "authError", "Invalid Credentials", GrantLost),
        (403, "rateLimitExceeded", "Rate Limit Exceeded", GmailThrottled),
        (403, "userRateLimitExceeded", "User Rate Limit Exceeded", GmailThrottled),
        (403, "quotaExceeded", "Quota exceeded", GmailThrottled),
        (403, "dailyLimitExceeded", "Daily Limit Exceeded", GmailThrottled),
        (429, "rateLimitExceeded", "Too many concurrent requests for user.", GmailThrottled),
        (429, "", "", GmailThrottled),
        (403, "insufficientPermissions", "Insufficient Permission", GrantLost),
        (403, "domainPolicy", "The domain policy has disabled third-party apps", GrantLost),
        (403, "accessNotConfigured", "Gmail API has not been used in project 1 before", GmailMisconfigured),
        (403, "forbidden", NOT_AUTHORIZED, GmailMisconfigured),
        (404, "notFound", "Requested entity was not found.", NotFound),
        (400, "failedPrecondition", ONLY_ONE, WatchTaken),
        (400, "failedPrecondition", "Mail service not enabled", GrantLost),
        (400, "invalidArgument", "Invalid topicName does not match projects/p/topics/*", GmailMisconfigured),
        (500, "backendError", "Backend Error", GmailUnavailable),
        (502, "", "", GmailUnavailable),
        (503, "backendError", "Service unavailable", GmailUnavailable),
    ],
)
def test_it_reacts_to_status_and_reason(status: int, reason: str, text: str, expected: type[GmailError]) -> None:
    assert type(reaction(refused(status, reason, text))) is expected


def test_it_reads_the_reason_from_the_newer_details() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
    body = {"error": {"code": 403, "message": "Insufficient scopes", "status": "PERMISSION_DENIED", "details": details}}
    error = HttpError(httplib2.Response({"status": "403"}), json.dumps(body).encode())
    assert type(reaction(error)) is GrantLost


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"null", b'{"error":"x"}', b'{"error":{"errors":[7]}}', b"\xff"]
)
@pytest.mark.parametrize(("status", "expected"), [(502, GmailUnavailable), (404, NotFound), (400, GmailMisconfigured)])
def test_it_goes_by_the_status_where_the_body_is_unreadable(body: bytes, status: int, expected: type) -> None:
    assert type(reaction(HttpError(httplib2.Response({"status": str(status)}), body))) is expected


def test_it_waits_as_long_as_the_header_says_in_seconds() -> None:
    error = reaction(refused(429, "rateLimitExceeded", **{"retry-after": "37"}))
    assert isinstance(error, GmailUnavailable)
    assert error.retry_after == 37


def test_it_waits_as_long_as_the_header_says_by_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    seconds = retry_after_seconds({"retry-after": format_datetime(moment, usegmt=True)}, "")
    assert seconds is not None
    assert 80 < seconds <= 90


def test_it_waits_as_long_as_the_text_says() -> None:
    moment = datetime.now(UTC) + timedelta(minutes=15)
    text = f"User-rate limit exceeded.  Retry after {moment.strftime('%Y-%m-%dT%H:%M:%S.%f')[:-3]}Z"
    seconds = retry_after_seconds({}, text)
    assert seconds is not None
    assert 880 < seconds <= 900


@pytest.mark.parametrize("moment", ["2001-01-01T00:00:00.000Z", "2001-01-01T00:00:00Z"])
def test_it_does_not_wait_for_the_past(moment: str) -> None:
    assert retry_after_seconds({}, f"Retry after {moment}") == 0


@pytest.mark.parametrize("header", ["", "soon", "-1", "1.5", "²", "Fri, 99 Foo 2026 99:99:99 GMT"])
def test_it_backs_off_by_itself_when_the_header_is_unreadable(header: str) -> None:
    assert retry_after_seconds({"retry-after": header}, "") is None


@pytest.mark.parametrize("header", ["Fri, 21 Nov 2025 10:00:00", "Fri, 21 Nov 2025 10:00:00 -0000"])
def test_it_takes_a_date_without_a_zone_for_utc(header: str) -> None:
    assert retry_after_seconds({"retry-after": header}, "") == 0


@pytest.mark.parametrize(
    "text", ["Retry after 2026-99-99T00:00:00Z", "Retry after 2026-11-22T1:Z", "Retry after never"]
)
def test_it_backs_off_by_itself_when_the_text_is_unreadable(text: str) -> None:
    assert retry_after_seconds({}, text) is None


@pytest.mark.parametrize("header", ["9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_it_does_not_wait_longer_than_a_day(header: str) -> None:
    assert retry_after_seconds({"retry-after": header}, "") == 86_400


def test_it_waits_an_hour_when_the_day_is_used_up() -> None:
    error = reaction(refused(403, "dailyLimitExceeded", "Daily Limit Exceeded"))
    assert isinstance(error, GmailUnavailable)
    assert error.retry_after == DAILY_SECONDS


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, GrantLost),
        ({"error": "access_denied"}, GrantLost),
        ({"error": "invalid_client"}, GmailMisconfigured),
        ({"error": "unauthorized_client"}, GmailMisconfigured),
        ({"error": "internal_failure"}, GmailUnavailable),
        ({"error": {"code": 503, "status": "UNAVAILABLE"}}, GmailUnavailable),
        ({}, GmailUnavailable),
        ("<html>502</html>", GmailUnavailable),
    ],
)
def test_it_reacts_to_what_the_token_endpoint_says(answer: Any, expected: type[GmailError]) -> None:
    assert type(refresh_reaction(RefreshError("refused", answer))) is expected


def test_it_asks_for_consent_when_there_is_nothing_to_refresh_with() -> None:
    text = "The credentials do not contain the necessary fields need to refresh the access token. You must specify "
    assert type(refresh_reaction(RefreshError(f"{text}refresh_token, token_uri, client_id."))) is GrantLost
