"""A cursor of any content is answered by 200, and one that is not a cursor by `reset` and `ready`, never by events."""

from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conformance.wire import Listener, Response, Target, ask

# RFC 9110, 5.5: what a field value may hold; the blanks at its ends are not part of it.
FIELD_VALUE = st.lists(st.sampled_from([9, *range(32, 127), *range(128, 256)]), min_size=1, max_size=60).map(bytes)
bounded = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])

# What may follow the epoch where a number is due.
NUMBERS = {
    "2**63": str(2**63),
    "2**64": str(2**64),
    "ahead": str(2**63 - 1),
    "negative": "-1",
    "plus": "+1",
    "zero led": "007",
    "nothing": "",
    "blank within": "1 2",
    "float": "1.0",
    "exponent": "1e3",
    "underscore": "1_0",
    "hexadecimal": "0x1",
    "arabic digits": "٣",
    "wide digits": "１",
    "superscript": "²",
    "NUL": "1\0",
    "line break": "1\n",
    "two cursors": "1, k-1",
    "long": "1" * 8_000,
}


def resets(target: Target, response: Response) -> None:
    """The answer is 200 with reset, then ready. The judge sees to it that only events above the reset follow."""
    with Listener(target, "not a cursor", response) as listener:
        listener.wait_for_frame("ready")
        assert listener.judge.frames[0].event == "reset"


@given(FIELD_VALUE.filter(lambda value: value.strip(b" \t")))
@example(b"\xa0")
@example(b"\xff" * 8_000)
@example(b"-" * 8_000)
@bounded
def test_it_resets_for_any_header(target: Target, value: bytes) -> None:
    resets(target, ask(target, ("Last-Event-ID", value)))


@given(st.sampled_from(["lastEventId", "last_event_id"]), st.binary(min_size=1, max_size=60))
@example("lastEventId", b"\0")
@example("last_event_id", b"\r\nid: 7")
@example("lastEventId", b"\xff" * 2_600)
@bounded
def test_it_resets_for_any_query(target: Target, name: str, value: bytes) -> None:
    resets(target, ask(target, query=f"?{name}={quote_from_bytes(value, safe='')}"))


@given(st.text("!$'()*,-./:;?@_~%=&+0123456789abcxyzABC", max_size=60))
@example("lastEventId=%")
@example("lastEventId=%zz")
@example("=&=&lastEventId")
@example("lastEventId[]=1&lastEventId=-")
@bounded
def test_it_answers_200_to_any_query_text(target: Target, query: str) -> None:
    response = ask(target, query=f"?{query}")
    assert (response.status, response.read()[:4]) == (200, b":ok\n")
    response.close()


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_it_resets_for_what_is_almost_a_cursor(target: Target, known_cursor: str, number: str) -> None:
    epoch = known_cursor.rpartition("-")[0]
    resets(target, ask(target, query=f"?lastEventId={quote(f'{epoch}-{number}')}"))
    if number.isprintable():
        resets(target, ask(target, ("Last-Event-ID", f"{epoch}-{number}".encode())))


def test_it_resets_for_the_cursor_of_another_epoch(target: Target, known_cursor: str) -> None:
    epoch, _, seq = known_cursor.rpartition("-")
    other = ("b" if epoch[0] == "a" else "a") + epoch[1:]
    for cursor in (f"{other}-{seq}", f"{epoch.upper()}A-{seq}", f"{epoch}{seq}", f"{epoch}_{seq}", seq):
        resets(target, ask(target, ("Last-Event-ID", cursor)))


def test_it_follows_an_empty_cursor_as_if_there_were_none(target: Target) -> None:
    for response in (ask(target, ("Last-Event-ID", "")), ask(target, query="?lastEventId=")):
        with Listener(target, response=response) as listener:
            listener.wait_for_frame("ready")


@pytest.mark.parametrize("second", ["same", "bad"])
def test_it_answers_200_to_two_cursors_in_the_header(target: Target, known_cursor: str, second: str) -> None:
    cursors = [known_cursor, known_cursor if second == "same" else "bad"]
    with Listener(target, known_cursor, ask(target, *[("Last-Event-ID", each) for each in cursors])) as listener:
        listener.wait_for_frame("ready")
