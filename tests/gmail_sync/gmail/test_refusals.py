"""Whose word it is, and what it means: answers by endpoint, status, content type and body, and our reaction to each."""

import json
from typing import Any

import httplib2
import pytest
from googleapiclient.errors import HttpError

from gmail_sync.exceptions import (
    AccessRefused,
    ClientRefused,
    GmailError,
    GmailMisconfigured,
    GmailThrottled,
    GmailUnavailable,
    GrantLost,
    NotFound,
    WatchTaken,
)
from gmail_sync.gmail import token_answers
from gmail_sync.gmail.refusals import is_googles, reaction, reasons_of, refusal
from gmail_sync.google import grant_ends
from gmail_sync.google.answers import Answer

ONLY_ONE = "Only one user push notification client allowed per developer (call /stop then try again)"
NOT_AUTHORIZED = "Error sending test message to Cloud PubSub projects/p/topics/t : User not authorized"
JSON, HTML = "application/json; charset=UTF-8", "text/html"
QUOTING = b"<html>POST grant_type=refresh_token ... invalid_grant</html>"


def google(code: int, /, reason: str = "", text: str = "", **more: Any) -> bytes:
    """An error of Gmail's own."""
    error = {"code": code, "message": text, "errors": [{"reason": reason, "message": text, "domain": "global"}]}
    return json.dumps({"error": {**error, **more}}).encode()


def oauth(code: Any, /, **more: Any) -> bytes:
    """An error of the token endpoint's own."""
    return json.dumps({"error": code, "error_description": "Bad Request", **more}).encode()


SCOPES = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
GMAIL: list[tuple[int, str, bytes, type[GmailError]]] = [
    # Gmail's own no, which has to last before it is believed.
    (401, JSON, google(401, "authError", "Invalid Credentials"), AccessRefused),
    (401, JSON, google(401, status="UNAUTHENTICATED"), AccessRefused),
    (403, JSON, google(403, "insufficientPermissions", "Insufficient Permission"), AccessRefused),
    (403, JSON, google(403, details=SCOPES), AccessRefused),
    (403, JSON, google(403, "domainPolicy", "The domain policy has disabled third-party apps"), AccessRefused),
    (400, JSON, google(400, "failedPrecondition", "Mail service not enabled"), AccessRefused),
    (400, JSON, google(400, status="FAILED_PRECONDITION", text="Precondition check failed."), AccessRefused),
    # Gmail's own word about something else.
    (404, JSON, google(404, "notFound", "Requested entity was not found."), NotFound),
    (400, JSON, google(400, "failedPrecondition", ONLY_ONE), WatchTaken),
    (400, JSON, google(400, "invalidArgument", "Invalid topicName"), GmailMisconfigured),
    (403, JSON, google(403, "accessNotConfigured", "Gmail API has not been used"), GmailMisconfigured),
    (403, JSON, google(403, "forbidden", NOT_AUTHORIZED), GmailMisconfigured),
    (403, JSON, google(403, "rateLimitExceeded", "Rate Limit Exceeded"), GmailThrottled),
    (403, JSON, google(403, "userRateLimitExceeded"), GmailThrottled),
    (403, JSON, google(403, "quotaExceeded"), GmailThrottled),
    (403, JSON, google(403, "dailyLimitExceeded"), GmailThrottled),
    (429, JSON, google(429, "rateLimitExceeded", "Too many concurrent requests for user."), GmailThrottled),
    (429, "", b"", GmailThrottled),
    (500, JSON, google(500, "backendError", "Backend Error"), GmailUnavailable),
    (503, JSON, google(503, "backendError"), GmailUnavailable),
    # Something between.
    (401, HTML, b"<html>Please sign in</html>", GmailUnavailable),
    (401, HTML, google(401, "authError"), GmailUnavailable),
    (401, JSON, b"", GmailUnavailable),
    (401, JSON, b'{"message":"Unauthorized"}', GmailUnavailable),
    (401, JSON, b'{"error":"invalid_grant"}', GmailUnavailable),
    (401, JSON, google(403, "authError"), GmailUnavailable),
    (403, HTML, b"<html>Forbidden by the proxy</html>", GmailUnavailable),
    (403, JSON, b'{"error":"forbidden"}', GmailUnavailable),
    (404, HTML, b"<html>404. That's an error.</html>", GmailUnavailable),
    (404, JSON, b"null", GmailUnavailable),
    (400, HTML, b"Mail service not enabled", GmailUnavailable),
    (302, HTML, b"", GmailUnavailable),
    (307, JSON, google(401, "authError"), GmailUnavailable),
    (407, HTML, b"Proxy Authentication Required", GmailUnavailable),
    (408, "", b"", GmailUnavailable),
    (451, HTML, b"", GmailUnavailable),
    (502, HTML, QUOTING, GmailUnavailable),
    (511, HTML, b"<html>Network Authentication Required</html>", GmailUnavailable),
    (403, JSON, b"[" * 100_000, GmailUnavailable),
    (403, JSON, b"\xff", GmailUnavailable),
    (403, JSON, b'{"error":{"code":403,"errors":[7],"details":7,"message":7}}', GmailMisconfigured),
]
TOKENS: list[tuple[int, str, bytes, type[GmailError]]] = [
    # The endpoint's own final word about the grant.
    (400, JSON, oauth("invalid_grant", error_description="Token has been expired or revoked."), GrantLost),
    (400, JSON, oauth("invalid_grant", error_subtype="invalid_rapt"), GrantLost),
    (400, JSON, oauth("invalid_grant", error_subtype="rapt_required"), GrantLost),
    (400, JSON, oauth("invalid_grant", error_subtype=["of tomorrow"]), GrantLost),
    (401, JSON, oauth("invalid_grant"), GrantLost),
    (400, "", oauth("invalid_grant"), GrantLost),
    (400, JSON, oauth("admin_policy_enforced"), GrantLost),
    (403, JSON, oauth("org_internal"), GrantLost),
    (403, JSON, oauth("restricted_client"), GrantLost),
    (400, JSON, oauth("invalid_scope"), GrantLost),
    (400, JSON, oauth("access_denied"), GrantLost),
    (400, JSON, oauth("account_disabled"), GrantLost),
    (401, JSON, oauth("unauthorized_client", error_description="Token was issued to another client"), GrantLost),
    # About our client: every mailbox's, and the operator's to mend.
    (401, JSON, oauth("invalid_client"), ClientRefused),
    (401, JSON, oauth("deleted_client"), ClientRefused),
    (403, JSON, oauth("disabled_client"), ClientRefused),
    (401, JSON, oauth("unauthorized_client", error_description="Unauthorized"), ClientRefused),
    (400, JSON, oauth("unauthorized_client", error_description="Client may not use refresh_token"), ClientRefused),
    # A moment, or something between.
    (400, JSON, oauth("invalid_request"), GmailUnavailable),
    (400, JSON, oauth("temporarily_unavailable"), GmailUnavailable),
    (500, JSON, oauth("internal_failure"), GmailUnavailable),
    (503, JSON, oauth("invalid_grant"), GmailUnavailable),
    (404, JSON, oauth("invalid_grant"), GmailUnavailable),
    (302, JSON, oauth("invalid_grant"), GmailUnavailable),
    (200, JSON, oauth("invalid_grant"), GmailUnavailable),
    (400, HTML, oauth("invalid_grant"), GmailUnavailable),
    (400, HTML, QUOTING, GmailUnavailable),
    (400, JSON, b'"invalid_grant"', GmailUnavailable),
    (400, JSON, b'["invalid_grant"]', GmailUnavailable),
    (400, JSON, oauth(["invalid_grant"]), GmailUnavailable),
    (400, JSON, oauth({"code": 400, "status": "invalid_grant"}), GmailUnavailable),
    (401, HTML, b"<html>Sign in to the Wi-Fi</html>", GmailUnavailable),
    (403, JSON, google(403, "forbidden"), GmailUnavailable),
    (407, HTML, b"", GmailUnavailable),
    (429, JSON, oauth("rate_limit_exceeded"), GmailUnavailable),
    (511, HTML, QUOTING, GmailUnavailable),
    (200, HTML, b"<html>Welcome</html>", GmailUnavailable),
    (200, JSON, b"", GmailUnavailable),
]
GRANTED = {"access_token": "ya29.a-token", "expires_in": 3599, "scope": "openid", "token_type": "Bearer"}


@pytest.mark.parametrize(("status", "kind", "body", "expected"), GMAIL)
def test_rule_18_it_hears_gmails_own_word_and_no_other(
    status: int, kind: str, body: bytes, expected: type[GmailError]
) -> None:
    assert type(refusal(Answer(status, kind, body))) is expected


@pytest.mark.parametrize(("status", "kind", "body", "expected"), TOKENS)
def test_rule_18_it_hears_the_token_endpoints_own_word_and_no_other(
    status: int, kind: str, body: bytes, expected: type[GmailError]
) -> None:
    with pytest.raises(expected) as raised:
        token_answers.tokens(Answer(status, kind, body))
    assert raised.type is expected


def test_it_takes_what_google_grants() -> None:
    granted = token_answers.tokens(Answer(200, JSON, json.dumps(GRANTED).encode()))
    assert (granted.access_token, granted.lifetime_seconds, granted.refresh_token) == ("ya29.a-token", 3599, "")


@pytest.mark.parametrize(
    "change",
    [
        *({"access_token": value} for value in (None, 7, "", " ", "a b", "a\nb", "a\r\nX: y", "é", "a\x00", ["a"])),
        *({"access_token": value} for value in ("a" * 10_000, "a\x7f", {"token": "a"}, True)),
        *({"expires_in": value} for value in ("3599", -1, 0, 10**9, 10**400, 1.5, True, None, [3599])),
        *({"refresh_token": value} for value in (7, "", "a b")),
        *({"token_type": value} for value in ("mac", 7)),
    ],
)
def test_it_takes_nothing_for_a_token_that_could_not_be_used(change: dict[str, Any]) -> None:
    with pytest.raises(GmailUnavailable):
        token_answers.tokens(Answer(200, JSON, json.dumps({**GRANTED, **change}).encode()))


@pytest.mark.parametrize("code", ["invalid_rapt", "admin_policy_enforced", "org_internal", "restricted_client"])
def test_it_says_where_the_policy_that_ended_a_grant_is_changed(code: str) -> None:
    assert "https://" in grant_ends.mend(code)


def http_error(status: int, body: bytes, **headers: str) -> HttpError:
    """Return the client library's exception for an answer."""
    return HttpError(httplib2.Response({"status": str(status), "content-type": JSON, **headers}), body)


def test_it_reads_the_client_librarys_exception_as_the_answer_that_it_was() -> None:
    error = http_error(403, google(403, "domainPolicy"))
    assert (type(reaction(error)), reasons_of(error), is_googles(error)) == (AccessRefused, {"domainPolicy"}, True)
    assert not is_googles(http_error(403, b"<html>"))
