"""A long backlog is written prefix by prefix: what was written once is not read again."""

import pytest
from django.contrib.auth.models import User

from gmail_sync.gmail.history import Kind, Record, Step
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync import batches
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, sync, told


def record(record_id: int, *gmail_ids: str) -> Record:
    return Record(record_id, tuple(Step(record_id, Kind.ADDED, i, "t", frozenset({"INBOX"})) for i in gmail_ids))


def cut(*records: Record) -> list[tuple[int, list[str]]]:
    """Cut the records, all of whose messages are to be fetched. Returns cursor and messages of each batch."""
    ids = {step.gmail_id for one in records for step in one.steps}
    return [(batch.cursor, batch.to_fetch) for batch in batches.cut(list(records), ids, ids)]


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "UNKNOWN_LIMIT", 2)


def test_it_cuts_where_a_transaction_would_need_too_many(two_at_once: None) -> None:
    assert cut(record(1, "a"), record(2, "b"), record(3, "c")) == [(2, ["a", "b"]), (3, ["c"])]


def test_it_fetches_a_message_once(two_at_once: None) -> None:
    assert cut(record(1, "a"), record(2, "a"), record(3, "b"), record(4, "a")) == [(4, ["a", "b"])]


def test_rule_04_the_cursor_passes_a_record_that_is_cut_with_its_last_part(two_at_once: None) -> None:
    assert cut(record(1, "a"), record(2, "b", "c", "d", "e", "f"), record(3, "g")) == [
        (1, ["a"]),
        (1, ["b", "c"]),
        (1, ["d", "e"]),
        (3, ["f", "g"]),
    ]


def test_it_passes_over_what_does_not_concern_us() -> None:
    (batch,) = batches.cut([record(1, "a"), record(2, *map(str, range(9_999))), record(3, "b")], {"a"}, {"a"})
    assert (batch.cursor, batch.to_fetch, list(batch.histories)) == (3, ["a"], ["a"])


def test_it_cuts_by_rows_where_nothing_is_to_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MESSAGES_LIMIT", 2)
    cut_up = batches.cut([record(1, *"abcde")], set("abcde"), set())
    assert [(batch.cursor, list(batch.histories)) for batch in cut_up] == [(0, ["a", "b"]), (0, ["c", "d"]), (1, ["e"])]


def test_it_keeps_what_was_fetched_of_a_record_that_is_not_complete() -> None:
    (batch,) = batches.cut([record(1, "a"), record(2, "b", "c"), record(3, "d")], set("abcd"), set("abcd"))
    kept = batch.up_to({"a", "c"})
    assert (kept.cursor, list(kept.histories)) == (1, ["a", "c"])


def test_it_has_no_batch_without_records() -> None:
    assert cut() == []


def test_rule_04_a_long_backlog_makes_progress_under_kills(
    gmail: Mailbox, account: GmailAccount, ann: User, two_at_once: None
) -> None:
    gmail_ids = gmail.deliver(5)
    killed = Meanwhile(4, lambda: killed.set())  # history.list, two batches, and the one that it does not live to see
    assert attempt_sync(account, killed) == "given_back"
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids[:4]]
    assert account.history_id == Message.objects.get(gmail_id=gmail_ids[3]).history_id
    sync(account)
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]
