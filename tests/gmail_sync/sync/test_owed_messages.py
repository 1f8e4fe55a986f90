"""A message that Gmail refused is tried again, soon at first and then for days (sync/skipped.py)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from gmail_sync.admin import actions
from gmail_sync.models import GmailAccount, SkippedMessage
from gmail_sync.sync import skipped
from tests.gmail_sync.sync.refusals import entry, hours_pass, refuse
from tests.support.google.harness import Mailbox, attempt_sync, is_due, seconds_until_due, told, types


def test_what_gmail_fails_at_is_tried_again_for_days(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver()
    (broken,) = gmail.deliver()
    refuse(gmail, broken, status=500)
    attempt_sync(account)
    waits: list[float] = []
    while not entry(broken).skipped:
        retry_at = entry(broken).retry_at
        assert retry_at is not None
        waits.append((retry_at - SkippedMessage.objects.values_list(Now(), flat=True)[0]).total_seconds())
        hours_pass()
        assert attempt_sync(account) == "ok"
    assert [round(wait, -1) for wait in waits] == sorted(round(wait, -1) for wait in waits)
    assert (len(waits), sum(waits) > 3 * 86_400) == (len(skipped.WAITS), True)
    hours_pass()
    asked = gmail.calls("messages.get")
    attempt_sync(account)
    assert gmail.calls("messages.get") == asked


def test_what_gmail_fails_at_is_tried_soon_at_first(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (good, slow) = gmail.deliver(2)
    gmail.fault("messages.get", status=500, message_id=slow)
    assert attempt_sync(account) == "ok"
    assert 0 < seconds_until_due(account) <= skipped.WAITS[0]
    hours_pass()
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", good), ("message.added", slow)]
    assert not SkippedMessage.objects.exists()


@pytest.mark.parametrize("how", [{"status": 400}, {"status": 403, "reason": "forbidden"}], ids=str)
def test_what_gmail_refuses_among_others_is_given_up_after_three_tries(
    gmail: Mailbox, account: GmailAccount, how: dict[str, Any]
) -> None:
    gmail.deliver()
    (broken,) = gmail.deliver()
    refuse(gmail, broken, **how)
    asked = gmail.calls("messages.get")
    for _ in range(20):
        assert attempt_sync(account) == "ok"
    assert (entry(broken).skipped, entry(broken).kind) == (True, "refused")
    assert gmail.calls("messages.get") - asked < 20


def test_what_is_owed_never_delays_new_mail(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    SkippedMessage.objects.bulk_create(
        SkippedMessage(account=account, gmail_id=f"old{number}", kind="failed") for number in range(60)
    )
    (good,) = gmail.deliver()
    gmail.fault("messages.get", status=429, after=1)
    assert attempt_sync(account) == "retry"
    assert (told(ann), account.history_id) == ([("message.added", good)], gmail.history_id)


def test_a_message_in_the_ledger_stays_there_when_its_labels_change(gmail: Mailbox, account: GmailAccount) -> None:
    _, broken = gmail.deliver(2)
    refuse(gmail, broken, status=500)
    attempt_sync(account)
    gmail.modify(broken, add=["STARRED"])
    attempt_sync(account)
    assert entry(broken).skipped is False
    gmail.act(broken, "delete")
    attempt_sync(account)
    assert not SkippedMessage.objects.exists()


def test_rule_19_an_operator_has_it_tried_again_at_once(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    _, broken = gmail.deliver(2)
    gmail.fault("messages.get", status=500, message_id=broken)
    attempt_sync(account)
    actions.retry(SkippedMessage.objects.all())
    assert is_due(account)
    assert attempt_sync(account) == "ok"
    assert types(ann).count("message.added") == 2
