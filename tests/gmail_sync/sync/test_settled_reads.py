"""Gmail notifies before it lists, and lists before it shows: nothing of that may lose a mail (RULES R3)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.models import GmailAccount, SkippedMessage
from gmail_sync.sync.settling import REPEAT_SECONDS, TRAILING_SECONDS
from tests.support.google.harness import (
    Mailbox,
    Meanwhile,
    a_moment_passes,
    attempt_sync,
    is_due,
    mirrored,
    push,
    sync,
    told,
)

ALL = 3_600  # a lag that hides everything
NOT_YET = {"method": "messages.get", "status": 404, "times": None}


def test_rule_03_an_empty_read_after_a_push_moves_nothing(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    start = account.history_id
    (gmail_id,) = gmail.deliver()
    push(account, gmail.history_id)
    gmail.fault("history.list", lag=ALL)
    assert sync(account) == REPEAT_SECONDS[0]
    assert (account.history_id, told(ann)) == (start, [])
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_rule_03_it_reads_again_after_1_3_8_and_30_seconds_and_then_believes(
    gmail: Mailbox, account: GmailAccount
) -> None:
    start = account.history_id
    gmail.deliver()
    push(account, gmail.history_id)
    gmail.fault("history.list", lag=ALL, times=None)
    waits, cursors = [], []
    for _ in range(5):
        waits.append(sync(account))
        cursors.append(account.history_id)
    assert waits == [1, 3, 8, 30, TRAILING_SECONDS]
    assert cursors == [start] * 4 + [gmail.history_id]


def test_rule_03_the_cursor_moves_to_the_last_record_that_was_listed(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    (first,) = gmail.deliver()
    listed = gmail.history_id
    gmail.simulator.sim("POST", "clock", advance=100)
    (second,) = gmail.deliver()
    push(account, gmail.history_id)
    gmail.fault("history.list", lag=50)
    assert sync(account) == REPEAT_SECONDS[0]
    assert (account.history_id, told(ann)) == (listed, [("message.added", first)])
    sync(account)
    assert told(ann)[1:] == [("message.added", second)]


def test_rule_03_the_answers_own_history_id_is_not_believed_while_pushes_come(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail.deliver()
    pushed = gmail.history_id
    gmail.simulator.sim("POST", "clock", advance=100)
    (not_listed,) = gmail.deliver()
    push(account, pushed)
    gmail.fault("history.list", lag=50)
    sync(account)
    assert account.history_id == pushed
    sync(account)
    assert told(ann)[-1] == ("message.added", not_listed)


def test_rule_03_a_new_push_starts_the_waiting_anew(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("history.list", lag=ALL, times=None)
    gmail.deliver()
    push(account, gmail.history_id)
    assert [sync(account), sync(account)] == REPEAT_SECONDS[:2]
    gmail.deliver()
    push(account, gmail.history_id)
    assert sync(account) == REPEAT_SECONDS[0]


@pytest.mark.parametrize("reads", [1, 3, 5])
def test_rule_03_a_mail_that_cannot_be_read_yet_is_not_lost(
    gmail: Mailbox, account: GmailAccount, ann: User, reads: int
) -> None:
    (early, late) = gmail.deliver(2)
    gmail.fault(**NOT_YET, message_id=late)  # type: ignore[arg-type]
    waits = [sync(account) for _ in range(reads)]
    assert waits[:4] == REPEAT_SECONDS[:reads]
    assert told(ann) == [("message.added", early)]
    gmail.mend()
    sync(account)
    assert told(ann) == [("message.added", early), ("message.added", late)]
    assert not SkippedMessage.objects.exists()


def test_rule_03_a_burst_of_pushes_does_not_use_up_the_tries(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (late,) = gmail.deliver()
    gmail.fault(**NOT_YET, message_id=late)  # type: ignore[arg-type]
    for _ in range(8):
        gmail.deliver()
        push(account, gmail.history_id)
        sync(account)
    gmail.mend()
    sync(account)
    assert ("message.added", late) in told(ann)


def test_it_gives_a_message_up_that_is_never_shown(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (ghost,) = gmail.deliver()
    gmail.fault(**NOT_YET, message_id=ghost)  # type: ignore[arg-type]
    for _ in range(30):
        sync(account)
    entry = SkippedMessage.objects.get()
    assert (entry.gmail_id, entry.skipped, "404" in entry.reason) == (ghost, True, True)
    before = gmail.calls("messages.get")
    (gmail_id,) = gmail.deliver()
    sync(account)
    assert gmail.calls("messages.get") == before + 1
    assert told(ann) == [("message.added", gmail_id)]


def test_it_forgets_a_missing_message_that_was_deleted_meanwhile(gmail: Mailbox, account: GmailAccount) -> None:
    (gmail_id,) = gmail.deliver()
    gmail.fault("messages.get", status=404, message_id=gmail_id)
    sync(account)
    assert SkippedMessage.objects.get().gmail_id == gmail_id
    gmail.act(gmail_id, "delete")
    sync(account)
    assert not SkippedMessage.objects.exists()
    assert gmail_id not in mirrored(account)


def test_it_tries_again_what_an_operator_asks_for(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["UNREAD"])
    SkippedMessage.objects.create(account=account, gmail_id=gmail_id, attempts=9, skipped=False)
    gmail.account("expire_history")
    GmailAccount.objects.update(history_id=gmail.history_id)
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.added", gmail_id)]


def test_rule_03_a_poll_does_not_believe_what_it_has_not_waited_for(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    start = account.history_id
    (gmail_id,) = gmail.deliver()
    gmail.fault("history.list", lag=ALL, times=2)
    assert [sync(account), sync(account)] == REPEAT_SECONDS[:2]
    assert account.history_id == start
    push(account, gmail.history_id)
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_rule_03_a_push_during_the_last_read_is_waited_for(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.fault("history.list", lag=ALL, times=6)
    gmail.deliver(label_ids=["DRAFT"])
    push(account, gmail.history_id)
    for _ in range(4):
        sync(account)
    arrived: list[str] = []

    def arrive() -> None:
        arrived.extend(gmail.deliver())
        push(account, gmail.history_id)

    sync(account, Meanwhile(1, arrive))
    assert is_due(account)
    assert sync(account) == REPEAT_SECONDS[0]
    sync(account)
    assert told(ann) == [("message.added", arrived[0])]


def test_rule_03_a_push_from_the_future_is_not_awaited_for_ever(gmail: Mailbox, account: GmailAccount) -> None:
    push(account, 2**62)
    assert [sync(account) for _ in range(5)] == [*REPEAT_SECONDS, TRAILING_SECONDS]
    a_moment_passes()
    assert sync(account) > REPEAT_SECONDS[-1]
    gmail.deliver()
    push(account, gmail.history_id)
    assert sync(account) == TRAILING_SECONDS


def test_it_believes_what_a_quiet_poll_says(gmail: Mailbox, account: GmailAccount) -> None:
    GmailAccount.objects.update(last_push_at=timezone.now() - timedelta(minutes=5))
    gmail.deliver(label_ids=["DRAFT"])
    assert sync(account) > TRAILING_SECONDS
    assert account.history_id == gmail.history_id
