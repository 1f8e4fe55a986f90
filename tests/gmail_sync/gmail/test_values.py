"""Odd values in the place of Gmail's own: each is one that can be stored, or it is refused, in one way."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gmail_sync.exceptions import GmailSyncError, RecordUnreadable, for_operators
from gmail_sync.gmail import values
from gmail_sync.gmail.api import UNREADABLE
from gmail_sync.gmail.changing import read_labels
from gmail_sync.gmail.history import parse_records
from gmail_sync.gmail.metadata import parse_counts, parse_headers

NO_NUMBERS: list[Any] = [None, True, 1.0, -1, "-1", "", " 7 ", "1_000", "٣", "7\n", "1e3", [], {}, 2**63, "9" * 5_000]
NO_NUMBERS += [float("inf"), float("nan"), 1e18]
NO_IDS: list[Any] = [None, 7, "", "a b", "é", "a\0", "\ud800", "a/b", "x" * 65, ["a"], {}]
texts = st.text(st.characters(exclude_categories=[]))  # lone surrogates, too
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def is_storable(text: str) -> bool:
    """Tell whether a row on PostgreSQL can hold it."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_it_takes_no_number_that_cannot_be_stored(value: Any) -> None:
    for read in (values.history_id, values.count):
        with pytest.raises(ValueError, match="number"):
            read(value)


@pytest.mark.parametrize("value", [0, "0", 7, "7", "007", 2**63 - 1, str(2**63 - 1)])
def test_it_takes_numbers_as_numbers_and_as_text(value: Any) -> None:
    assert values.history_id(value) == int(value)


@pytest.mark.parametrize("value", NO_IDS, ids=repr)
def test_it_takes_no_id_that_has_no_address(value: Any) -> None:
    assert values.usable_id(value) == ""
    with pytest.raises(ValueError, match="id"):
        values.message_id(value)
    assert parse_headers({"id": "m", "threadId": value}).thread_id == ""


@given(st.sampled_from(["id", "threadId", "labelIds", "historyId", "internalDate", "snippet", "payload"]), odd)
@example("historyId", float("inf"))
@example("id", "\ud800")
def test_rule_16_a_message_is_read_so_that_it_can_be_stored_or_is_refused(name: str, value: Any) -> None:
    try:
        read = parse_headers({"id": "m", "threadId": "t", "labelIds": ["INBOX"], name: value})
    except UNREADABLE:
        return
    assert all(map(is_storable, [*read.label_ids, read.thread_id, read.subject, read.snippet]))
    assert 0 <= read.history_id < 2**63
    assert values.usable_id(read.gmail_id)


@given(st.sampled_from(["id", "messagesAdded", "labelsAdded", "labelsRemoved", "messagesDeleted"]), odd)
@example("id", float("inf"))
@example("messagesAdded", [{"message": {"id": "a\0"}}])
def test_rule_19_a_record_is_read_so_that_it_can_be_stored_or_is_left_out(name: str, value: Any) -> None:
    good, record = {"id": "8", "messagesDeleted": [{"message": {"id": "b"}}]}, {"id": "7", name: value}
    with suppress(RecordUnreadable):
        parse_records({"history": [record, good]})
    *_, last = parse_records({"history": [record, good]}, skip_unreadable=True)
    assert last.id == 8


@given(st.sampled_from(["messagesUnread", "messagesTotal"]), odd)
@example("messagesUnread", 10**10)
def test_it_counts_what_a_column_holds_or_nothing(name: str, value: Any) -> None:
    try:
        counts = parse_counts({name: value})
    except UNREADABLE:
        return
    assert all(0 <= number < 2**31 for number in counts)


@given(st.lists(odd | st.fixed_dictionaries({"id": texts, "name": texts, "type": odd, "color": odd}), max_size=4))
@example([{"id": "Label_1", "name": "a\0b\ud800", "type": "user", "color": {"backgroundColor": "\0"}}])
def test_rule_19_an_odd_label_costs_no_other(odd_ones: list[Any]) -> None:
    good = {"id": "Label_9", "name": "n" * 225, "type": "user"}
    labels = read_labels({"labels": [*odd_ones, good]})
    assert labels[-1] == good
    assert all(is_storable(text) for label in labels for text in label.values())


@given(texts)
@example("quota \ud83d\0 exceeded")
def test_rule_16_others_words_in_an_error_can_be_kept_on_a_row(words: str) -> None:
    for error in (GmailSyncError(words), ValueError(words)):
        assert is_storable(for_operators(error))
    assert is_storable(str(GmailSyncError(words)))
