"""A flood of records is read within a minute's quota and within bounds of memory (RULES R4, RULES R20)."""

import gc
import tracemalloc

import pytest
from django.contrib.auth.models import User

from gmail_sync.gmail import api as gmail_api
from gmail_sync.models import GmailAccount
from gmail_sync.sync import batches
from tests.gmail_sync.sync.history_pages import answer, changes
from tests.support.google.harness import Mailbox, attempt_sync, mirrored, told

CHANGES = 260_000
HISTORY = "history.list"


@pytest.mark.any_database
@pytest.mark.parametrize("one_record", [True, False], ids=["one record", "many records"])
def test_rule_20_a_flood_of_label_changes_is_read(
    gmail: Mailbox, account: GmailAccount, ann: User, one_record: bool
) -> None:
    known = next(iter(mirrored(account)))
    ids = [*map(str, range(CHANGES)), known]
    first = gmail.history_id + 1
    flood = [changes(first, ids)] if one_record else [changes(first + n, [i]) for n, i in enumerate(ids)]
    gmail.fault(HISTORY, body=answer(flood, first + len(flood)))
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.changed", known)]
    assert account.history_id == first + len(flood) - 1


def test_rule_20_a_record_of_more_messages_than_a_minute_allows_gets_on(
    gmail: Mailbox, account: GmailAccount, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "UNKNOWN_LIMIT", 4)
    gmail_ids = gmail.deliver(10)
    newest = gmail.history_id
    added = [{"message": {"id": i, "threadId": "t", "labelIds": ["INBOX"]}} for i in gmail_ids]
    gmail.fault(HISTORY, times=None, body=answer([{"id": str(newest), "messagesAdded": added}], newest))
    for _ in range(2):
        gmail.fault("messages.get", status=429, after=3)
        assert attempt_sync(account) == "retry"
        gmail.simulator.sim("DELETE", "faults")
        gmail.fault(HISTORY, times=None, body=answer([{"id": str(newest), "messagesAdded": added}], newest))
    assert len(told(ann)) == 6
    assert attempt_sync(account) == "ok"
    assert [gmail_id for _, gmail_id in told(ann)] == gmail_ids


def test_rule_04_memory_does_not_grow_with_the_backlog(
    gmail: Mailbox, account: GmailAccount, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gmail_api, "PAGE_SIZE", 40)  # two pages against four and a half

    def peak(count: int) -> int:
        for gmail_id in list(mirrored(account))[:1] * count:
            gmail.modify(gmail_id, add=["STARRED"])
            gmail.modify(gmail_id, remove=["STARRED"])
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        assert attempt_sync(account) == "ok"
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    usual = gc.get_threshold()
    gc.set_threshold(50, 1, 1)  # what waits to be collected is no growth
    try:
        _, few, many = peak(40), peak(40), peak(90)  # the first one fills what is kept for good
    finally:
        gc.set_threshold(*usual)
        tracemalloc.stop()
    assert many < 1.3 * few  # 1.1; with all records at once it were 1.6
