"""A watch whose renewal fails on its way: nobody refused it, and the mail comes all the same."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.sync.watch import DOUBT_TRIES, RETRY_SECONDS
from tests.gmail_sync.sync import watch_row
from tests.gmail_sync.sync.watch_row import watch
from tests.support.google.harness import Mailbox, attempt_sync, seconds_until_due, sync, told

pytestmark = pytest.mark.any_database

FAULTS: list[dict[str, Any]] = [
    {"drop": True},
    {"status": 500},
    {"status": 503},
    {"status": 429},
    {"status": 403, "reason": "rateLimitExceeded"},
    {"status": 401, "times": 3},
    {"status": 403, "body": "<html>Proxy</html>"},
    {"status": 404, "body": "<html>Not here</html>"},
    {"body": "<html>Welcome</html>"},
    {"body": '{"historyId":"7"}'},
    {"body": '{"historyId":"7","expiration":"soon"}'},
]
REFUSALS: list[dict[str, Any]] = [
    {"status": 403, "reason": "forbidden", "message": "Error sending test message to Cloud PubSub: not authorized"},
    {"status": 400, "reason": "invalidArgument", "message": "Invalid topicName does not match projects/p/topics/*"},
    {"status": 404, "message": "Topic not found"},
]


def make_due() -> None:
    watch_row.make_due()
    GmailAccount.objects.update(retry_at=None)


def seconds_until_renewal() -> float:
    renew_at = watch().renew_at
    assert renew_at is not None
    return (renew_at - timezone.now()).total_seconds()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("former", ["active", "silent", "failed"])
def test_a_fault_on_the_way_changes_nothing_of_what_is_known_of_the_watch(
    gmail: Mailbox, account: GmailAccount, ann: User, former: str, fault: dict[str, Any]
) -> None:
    GmailWatch.objects.update(state=former, last_error="former" if former == "failed" else "")
    make_due()
    (gmail_id,) = gmail.deliver()
    gmail.fault("watch", **fault)
    assert attempt_sync(account) == "ok"
    assert (watch().state, told(ann)) == (former, [("message.added", gmail_id)])
    assert seconds_until_renewal() < 5
    make_due()
    assert attempt_sync(account) == "ok"
    assert (watch().renewal_failures, watch().last_error) == (0, "")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_new_mailbox_has_its_watch_in_seconds(gmail: Mailbox, ann: User, fault: dict[str, Any]) -> None:
    account = gmail.connect(ann)
    gmail.fault("watch", **fault)
    assert attempt_sync(account) == "ok"
    assert (account.state, watch().state) == ("connected", "none")
    assert seconds_until_due(account) < 5
    assert attempt_sync(account) == "ok"
    assert gmail.calls("watch") <= 3  # not at each sync, but when it is due
    make_due()
    assert attempt_sync(account) == "ok"
    assert (watch().state, bool(gmail.watched())) == ("active", True)


@pytest.mark.parametrize("fault", REFUSALS)
def test_only_googles_own_refusal_is_called_one(
    gmail: Mailbox, account: GmailAccount, ann: User, fault: dict[str, Any]
) -> None:
    make_due()
    (gmail_id,) = gmail.deliver()
    gmail.fault("watch", **fault)
    assert attempt_sync(account) == "ok"
    assert (watch().state, told(ann)) == ("failed", [("message.added", gmail_id)])
    assert fault["message"] in watch().last_error
    assert seconds_until_renewal() > RETRY_SECONDS / 2


def test_a_refusal_that_may_pass_is_called_one_after_some_tries(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("watch", status=403, reason="insufficientPermissions", times=None)
    for number in range(DOUBT_TRIES):
        assert watch().state == "active", number
        make_due()
        assert attempt_sync(account) == "ok"
    assert watch().state == "failed"


def test_it_tries_again_later_each_time_and_at_last_every_quarter_of_an_hour(
    gmail: Mailbox, account: GmailAccount
) -> None:
    gmail.fault("watch", status=500, times=None)
    seconds = []
    for _ in range(5):
        make_due()
        sync(account)
        seconds.append(seconds_until_renewal())
    assert seconds[4] > 3 * seconds[0]
    GmailWatch.objects.update(renewal_failures=5_000)
    make_due()
    sync(account)
    assert RETRY_SECONDS / 3 < seconds_until_renewal() <= RETRY_SECONDS


def test_it_waits_with_the_renewal_as_long_as_gmail_says(gmail: Mailbox, account: GmailAccount) -> None:
    make_due()
    gmail.fault("watch", status=429, retry_after=600)
    sync(account)
    assert 570 < seconds_until_renewal() < 602


def test_a_stop_that_fails_on_its_way_is_tried_again(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(wanted=False)
    gmail.fault("stop", status=503)
    assert attempt_sync(account) == "ok"
    assert attempt_sync(account) == "ok"
    assert (gmail.watched(), watch().state) == (None, "none")
