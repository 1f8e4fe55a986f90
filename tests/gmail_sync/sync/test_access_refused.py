"""A consent is asked again only when the grant is lost: by the token endpoint's word, or by Gmail's after minutes."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from gmail_sync.exceptions import AccessRefused
from gmail_sync.models import GmailAccount
from gmail_sync.sync.attempt import DOUBT_TRIES
from tests.support.google.harness import Mailbox, attempt_sync, events, told
from tests.support.google.raw_server import Act, RawServer, answers

pytestmark = pytest.mark.any_database

LASTING = [
    {"status": 401},
    {"status": 403, "reason": "insufficientPermissions"},
    {"status": 403, "reason": "domainPolicy"},
    {"status": 400, "reason": "failedPrecondition", "message": "Mail service not enabled"},
]
FINAL = [
    {"error": "invalid_grant", "error_description": "reauth related error", "error_subtype": "invalid_rapt"},
    {"error": "invalid_grant", "error_subtype": "rapt_required"},
    {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    {"error": "admin_policy_enforced", "error_description": "Account restricted by policy"},
    {"error": "org_internal", "error_description": "This client is restricted to users within its organization."},
]
PAGE = b"<html>400 invalid_grant: the request quoted grant_type=refresh_token refresh_token=1//x</html>"


def later(minutes: int = 6) -> None:
    """So long ago did it begin, and its back-off is over."""
    GmailAccount.objects.update(refused_since=F("refused_since") - timedelta(minutes=minutes), retry_at=None)


@pytest.mark.parametrize("method", ["history.list", "watch", "labels.get", "messages.get", "batch"])
def test_rule_18_three_401s_do_not_end_a_grant(gmail: Mailbox, account: GmailAccount, ann: User, method: str) -> None:
    (gmail_id,) = gmail.deliver()
    GmailAccount.objects.update(counts_due=True)
    account.watch.__class__.objects.update(renew_at=None)
    gmail.fault(method, status=401, times=3)
    for _ in range(4):
        assert attempt_sync(account) != "reauth_required"
    assert (account.state, account.failures) == ("connected", 0)
    assert told(ann) == [("message.added", gmail_id)]


@pytest.mark.parametrize("fault", LASTING)
def test_rule_18_gmails_own_no_is_believed_once_it_has_lasted(
    gmail: Mailbox, account: GmailAccount, ann: User, fault: dict[str, Any]
) -> None:
    gmail.fault("history.list", **fault, times=None)
    for _ in range(DOUBT_TRIES):
        assert attempt_sync(account) == "access_refused"
    assert (account.state, events(ann)) == ("connected", [])
    refreshes = gmail.calls("token")
    later()
    assert attempt_sync(account) == "reauth_required"
    assert gmail.calls("token") > refreshes  # the grant itself was fresh each time
    assert [payload["state"] for _, payload in events(ann)] == ["reauth_required"]
    assert account.last_error


def test_rule_18_two_refusals_with_hours_between_are_no_end(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=401, times=None)
    attempt_sync(account)
    later(minutes=600)
    assert attempt_sync(account) == "access_refused"


def test_rule_18_a_success_ends_the_doubt(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", status=403, reason="insufficientPermissions", times=DOUBT_TRIES)
    for _ in range(DOUBT_TRIES):
        attempt_sync(account)
    later()
    assert attempt_sync(account) == "ok"
    assert (account.refused_since, account.failures) == (None, 0)
    gmail.fault("history.list", status=401, times=None)
    assert attempt_sync(account) == "access_refused"


def test_rule_18_a_call_that_is_taken_ends_the_doubt_though_another_fails(
    gmail: Mailbox, account: GmailAccount
) -> None:
    GmailAccount.objects.update(refused_since=timezone.now() - timedelta(minutes=9), refusals=9, failures=1)
    gmail.deliver()
    gmail.fault("batch", status=500)
    assert attempt_sync(account) == "retry"
    gmail.fault("history.list", status=401, times=None)
    assert attempt_sync(account) == "access_refused"


def test_it_tries_again_soon_while_it_doubts(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.update(failures=30)
    gmail.fault("history.list", status=401, times=None)
    attempt_sync(account)
    assert account.retry_at is not None
    assert account.retry_at - timezone.now() < timedelta(seconds=AccessRefused.longest_wait)


def test_a_new_consent_starts_without_the_doubt_about_the_old_one(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail.fault("history.list", status=401, times=None)
    for _ in range(DOUBT_TRIES):
        attempt_sync(account)
    later()
    gmail.connect(ann)
    assert attempt_sync(account) != "reauth_required"


@pytest.mark.parametrize("body", FINAL, ids=lambda body: body.get("error_subtype") or body["error"])
@pytest.mark.parametrize("status", [400, 403])
def test_rule_18_the_token_endpoints_own_final_answer_ends_a_grant_at_once(
    gmail: Mailbox, account: GmailAccount, ann: User, settings: Any, body: dict[str, str], status: int
) -> None:
    gmail.account("expire_tokens")
    with RawServer(answers(status, body)) as server:
        settings.GOOGLE_TOKEN_URL = f"{server.url}token"
        assert attempt_sync(account) == "reauth_required"
        assert len(server.seen) == 1
    assert [payload["state"] for _, payload in events(ann)] == ["reauth_required"]
    assert (body.get("error_subtype") or body["error"]) in account.last_error


def hang_up(visit: Any) -> None:
    visit.read()


@pytest.mark.parametrize(
    "act",
    [
        *(answers(status, PAGE, content_type="text/html") for status in (200, 400, 401, 403, 404, 407, 502, 511)),
        answers(302, b"", location="http://portal.example/"),
        answers(400, {"error": {"code": 400, "message": "invalid_grant"}}),
        answers(503, {"error": "invalid_grant"}),
        answers(401, {"error": "deleted_client"}),
        answers(401, {"error": "invalid_client"}),
        answers(200, {"access_token": 7, "expires_in": 3599}),
        answers(200, b""),
        hang_up,
    ],
)
def test_rule_18_nobody_elses_word_at_the_token_endpoint_ends_a_grant(
    gmail: Mailbox, account: GmailAccount, ann: User, settings: Any, act: Act
) -> None:
    gmail.account("expire_tokens")
    credentials = account.credentials.open()
    with RawServer(act) as server:
        settings.GOOGLE_TOKEN_URL = f"{server.url}token"
        for _ in range(DOUBT_TRIES + 1):
            assert attempt_sync(account) == "retry"
            later()
        assert {request.split()[1] for request in server.seen} == {b"/token"}
    assert (account.state, events(ann), account.watch.state) == ("connected", [], "active")
    assert account.credentials.open() == credentials
