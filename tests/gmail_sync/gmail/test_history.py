"""Gmail's history, netted per message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmail_sync.gmail.history import Kind, MessageHistory, Record, Step, by_message, parse_records

LABELS = ["INBOX", "UNREAD", "STARRED", "TRASH", "Label_1"]
label_sets = st.frozensets(st.sampled_from(LABELS), max_size=3)
kinds = st.sampled_from([Kind.LABELS_ADDED, Kind.LABELS_REMOVED])
changes = st.lists(st.tuples(kinds, label_sets), max_size=12)


def history_of(changes: list[tuple[Kind, frozenset[str]]], first_id: int = 1) -> MessageHistory:
    steps = [Step(record_id, kind, "m", "t", labels) for record_id, (kind, labels) in enumerate(changes, first_id)]
    return MessageHistory("m", "t", steps)


def replayed(labels: frozenset[str], changes: list[tuple[str, frozenset[str]]]) -> set[str]:
    result = set(labels)
    for kind, changed in changes:
        result = result | changed if kind == "labels_added" else result - changed
    return result


@given(label_sets, changes)
def test_it_nets_labels_as_replaying_them_on_a_set_does(labels: frozenset[str], changes: Any) -> None:
    assert history_of(changes).labels_after(labels, 0) == replayed(labels, changes)


@given(label_sets, changes, st.integers(0, 13))
def test_rule_14_records_that_are_in_the_row_change_nothing(labels: Any, changes: Any, known: int) -> None:
    assert history_of(changes).labels_after(labels, known) == replayed(labels, changes[known:])


@given(label_sets, changes)
def test_it_changes_nothing_when_applied_again(labels: frozenset[str], changes: Any) -> None:
    history = history_of(changes)
    once = history.labels_after(labels, 0)
    assert history.labels_after(once, len(changes)) == once


@given(label_sets, changes, st.integers(0, 12))
def test_it_nets_in_two_reads_what_it_nets_in_one(labels: frozenset[str], changes: Any, cut: int) -> None:
    first, second = history_of(changes[:cut]), history_of(changes[cut:], first_id=cut + 1)
    halfway = first.labels_after(labels, 0)
    assert second.labels_after(halfway, 0) == history_of(changes).labels_after(labels, 0)


@given(label_sets, changes)
def test_it_takes_the_records_back(before: frozenset[str], changes: Any) -> None:
    effective, labels = [], set(before)
    for kind, changed in changes:  # Gmail records only what changed something
        real = changed - labels if kind == "labels_added" else changed & labels
        effective.append((kind, frozenset(real)))
        labels = replayed(frozenset(labels), [(kind, changed)])
    assert history_of(effective).labels_before(labels) == before


@pytest.mark.parametrize("label", ["DRAFT", "SPAM", "CHAT"])
def test_it_does_not_fetch_what_is_no_mail(label: str) -> None:
    history = MessageHistory("m", "t", [Step(1, Kind.ADDED, "m", "t", frozenset({label, "UNREAD"}))])
    assert not history.worth_fetching


def test_it_fetches_mail_whose_record_has_no_labels() -> None:
    imported = MessageHistory("m", "t", [Step(1, Kind.ADDED, "m", "t", frozenset())])
    assert imported.worth_fetching


@pytest.mark.parametrize(("label", "worth"), [("INBOX", True), ("STARRED", False), ("TRASH", False)])
def test_it_fetches_an_old_message_only_when_it_enters_the_inbox(label: str, worth: bool) -> None:
    history = MessageHistory("m", "t", [Step(1, Kind.LABELS_ADDED, "m", "t", frozenset({label}))])
    assert history.worth_fetching is worth


@given(changes, st.integers(0, 12))
def test_it_never_fetches_what_was_deleted(changes: Any, position: int) -> None:
    history = history_of(changes)
    history.steps.insert(0, Step(0, Kind.ADDED, "m", "t", frozenset({"INBOX"})))
    history.steps.insert(min(position, len(changes)) + 1, Step(99, Kind.DELETED, "m", "t", frozenset()))
    assert history.deleted
    assert not history.worth_fetching


def test_it_reads_the_four_lists_and_not_the_records_own_messages() -> None:
    page = {
        "history": [
            {
                "id": "7",
                "messages": [{"id": "ignored", "threadId": "t"}],
                "messagesAdded": [{"message": {"id": "a", "threadId": "t", "labelIds": ["INBOX"]}}],
                "labelsAdded": [{"message": {"id": "b", "threadId": "t"}, "labelIds": ["STARRED"]}],
                "labelsRemoved": [{"message": {"id": "b", "threadId": "t"}, "labelIds": ["UNREAD"]}],
                "messagesDeleted": [{"message": {"id": "c"}}],
            }
        ]
    }
    (record,) = parse_records(page)
    steps = [(step.record_id, step.kind, step.gmail_id, sorted(step.label_ids)) for step in record.steps]
    assert steps == [
        (7, "added", "a", ["INBOX"]),
        (7, "labels_added", "b", ["STARRED"]),
        (7, "labels_removed", "b", ["UNREAD"]),
        (7, "deleted", "c", []),
    ]


@pytest.mark.parametrize("page", [{}, {"historyId": "7"}, {"history": []}, {"nextPageToken": "x"}])
def test_it_reads_a_page_without_records(page: dict[str, Any]) -> None:
    assert parse_records(page) == []


def test_it_reads_ids_beyond_what_a_float_can_hold() -> None:
    (record,) = parse_records({"history": [{"id": str(2**63 - 1)}]})
    assert record == Record(2**63 - 1, ())


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_it_groups_by_message_in_the_order_of_the_records(ids: list[str]) -> None:
    records = [Record(n, (Step(n, Kind.LABELS_ADDED, i, "t", frozenset()),)) for n, i in enumerate(ids, 1)]
    grouped = by_message(records)
    assert list(grouped) == list(dict.fromkeys(ids))
    for gmail_id, history in grouped.items():
        assert [step.record_id for step in history.steps] == [n for n, i in enumerate(ids, 1) if i == gmail_id]
        assert history.last_record_id == history.steps[-1].record_id


@pytest.mark.parametrize(("label", "worth"), [("SPAM", True), ("TRASH", True), ("INBOX", False), ("UNREAD", False)])
def test_it_fetches_what_is_no_longer_spam_or_trash(label: str, worth: bool) -> None:
    step = Step(5, Kind.LABELS_REMOVED, "a", "a", frozenset({label}))
    assert MessageHistory("a", "a", [step]).worth_fetching is worth


@pytest.mark.parametrize(("label", "worth"), [("UNREAD", True), ("TRASH", True), ("SPAM", False)])
def test_it_fetches_no_new_spam_that_has_inbox_too(label: str, worth: bool) -> None:
    step = Step(5, Kind.ADDED, "a", "a", frozenset({"INBOX", label}))
    assert MessageHistory("a", "a", [step]).worth_fetching is worth
