"""Framing and cursors: whatever goes in comes out of a strict client, and no text from outside breaks anything."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from realtime.stream import sse
from realtime.stream.sse import BadCursor, Cursor
from tests.support.event_source import parse

BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
text = st.text() | st.text(BREAKS + "\0\ufeff\ud800:\x7f \U0001f600")
payloads = st.dictionaries(
    text,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
        lambda inner: st.lists(inner) | st.dictionaries(text, inner),
        max_leaves=8,
    ),
)
epochs = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=16)
cursors = st.builds(Cursor, epochs, st.integers(0, 2**63 - 1))
events = st.sampled_from(["thing.happened", "thing.happened", "hb", "reset"])


@given(event=events, cursor=cursors, payload=payloads)
@example(event="thing.happened", cursor=Cursor("a", 0), payload={BREAKS: "\ufeff\0\ud800\x7f\u202e"})
def test_it_brings_any_payload_through_a_strict_client(event: str, cursor: Cursor, payload: dict[str, object]) -> None:
    (received,) = parse(sse.control(event, cursor, payload))
    assert (received.id, received.event) == (str(cursor), event)
    assert received.payload == payload
    encoded = sse.encode_payload(payload)  # on one line, that no reader splits
    assert encoded.isascii()
    assert len(encoded.splitlines()) == 1


@given(st.lists(st.tuples(events, cursors, st.dictionaries(text, text)), max_size=4))
def test_it_keeps_frames_apart(frames: list[tuple[str, Cursor, dict[str, object]]]) -> None:
    written = sse.opening() + b"".join(sse.control(*frame) for frame in frames)
    assert [(f.event, f.id) for f in parse(written)] == [(event, str(cursor)) for event, cursor, _ in frames]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_it_refuses_what_json_cannot_say(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        sse.encode_payload({"value": value})


def test_it_begins_with_a_comment_and_a_pause_and_no_event() -> None:
    written = sse.opening()
    assert written.startswith(b":ok\n")
    assert parse(written) == []


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_it_asks_for_a_pause_in_digits_within_the_bounds(one: float, other: float) -> None:
    lowest, highest = sorted((one, other))
    name, _, value = sse.retry(lowest, highest).removesuffix(b"\n\n").partition(b": ")
    assert name == b"retry"
    assert value.isdigit()
    assert int(lowest) <= int(value) <= highest


@given(cursors)
def test_it_reads_the_cursors_that_it_writes(cursor: Cursor) -> None:
    assert sse.parse_cursor(str(cursor)) == cursor


@given(st.text() | st.from_regex("[a-z0-9]*-[0-9]*") | st.builds("{}-{}".format, epochs, st.integers()))
@example("a-9223372036854775808")
@example("a-٣")
@example("a-1\n")
@example("a-01")
def test_it_raises_nothing_but_bad_cursor_for_any_text(text: str) -> None:
    try:
        cursor = sse.parse_cursor(text)
    except BadCursor:
        return
    assert str(cursor) == text
    assert 0 <= cursor.seq < 2**63


@pytest.mark.parametrize(
    ("header", "query", "cursor"),
    [
        (b"h-1", b"lastEventId=q-2&last_event_id=r-3", "h-1"),
        (None, b"last_event_id=r-3&lastEventId=q-2", "q-2"),
        (None, b"last_event_id=r-3", "r-3"),
        (b"", b"lastEventId=q-2", "q-2"),
        (b"  ", b"", None),
        (b" h-1 ", b"", "h-1"),
        (None, b"lastEventId=", None),
        (None, b"", None),
        (None, b"lastEventId=q%2D2", "q-2"),
    ],
)
def test_it_takes_the_cursor_from_the_header_first(header: bytes | None, query: bytes, cursor: str | None) -> None:
    headers = [(b"accept", b"*/*")] + ([(b"last-event-id", header)] if header is not None else [])
    assert sse.requested_cursor(headers, query) == cursor


@given(st.binary(), st.binary())
def test_it_takes_any_bytes_for_a_cursor(header: bytes, query: bytes) -> None:
    asked = sse.requested_cursor([(b"Last-Event-ID", header)], query)
    assert asked is None or isinstance(asked, str)
    assert asked is not None or not header.strip()


@given(st.lists(st.sampled_from([b"lastEventId", b"last_event_id"]), min_size=1))
def test_it_never_answers_an_asked_cursor_with_none(names: list[bytes]) -> None:
    query = b"&".join(name + b"=%FF%00" for name in names)
    assert sse.requested_cursor([], query) is not None
