"""Every branch of the decision that a read is settled, without a database; test_settled_reads.py has it applied."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies

from gmail_sync.sync.settling import (
    TRAILING_SECONDS,
    Believe,
    Position,
    Read,
    ReadAgain,
    Settled,
    decide,
    is_last,
    trailing_after,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHORT, WHOLE, AHEAD = Read(90, 100, 120, 130), Read(90, 120, 120, 120), Read(90, 120, 120, 130)


def position(
    repeats: int = 0,
    pushed_ago: float | None = 10,
    message_missing: bool = False,
    asked_again: bool = False,
    worked: float = 0,
    page_open: bool = False,
) -> Position:
    """Return a mailbox that was pushed `pushed_ago` and claimed `worked` seconds ago."""
    pushed_at = None if pushed_ago is None else NOW - timedelta(seconds=pushed_ago)
    claimed_at = NOW - timedelta(seconds=worked)
    return Position(repeats, message_missing, asked_again, pushed_at, claimed_at, NOW, page_open)


@pytest.mark.parametrize(
    ("read", "after", "decision"),
    [
        # Reached what was announced: settled, whatever Gmail's own id says while pushes come.
        (WHOLE, position(), Settled(None)),
        (AHEAD, position(), Settled(None)),
        (AHEAD, position(repeats=4), Settled(None)),
        # A push that may hide another one: one trailing read.
        (WHOLE, position(pushed_ago=2.9), Settled(TRAILING_SECONDS)),
        (WHOLE, position(pushed_ago=3), Settled(None)),
        (WHOLE, position(pushed_ago=5, worked=2.1), Settled(TRAILING_SECONDS)),
        (WHOLE, position(pushed_ago=-1), Settled(TRAILING_SECONDS)),
        # A page is open: one more read begins a second after the push, and another follows it.
        (WHOLE, position(pushed_ago=0.25, page_open=True), Settled(0.75)),
        (WHOLE, position(pushed_ago=1.5, worked=0.75, page_open=True), Settled(0)),
        (WHOLE, position(pushed_ago=1.5, worked=0.5, page_open=True), Settled(TRAILING_SECONDS)),
        (WHOLE, position(pushed_ago=3, page_open=True), Settled(None)),
        # Not reached: again after 1, 3, 8 and 30 seconds, then believed.
        (SHORT, position(0), ReadAgain(1)),
        (SHORT, position(1), ReadAgain(3)),
        (SHORT, position(2), ReadAgain(8)),
        (SHORT, position(3), ReadAgain(30)),
        (SHORT, position(4), Believe(None, history_id=130, awaited=120)),
        (SHORT, position(4, pushed_ago=1), Believe(TRAILING_SECONDS, history_id=130, awaited=120)),
        # Somebody asked meanwhile: the next read, which is due at once, decides.
        (SHORT, position(0, asked_again=True), ReadAgain(1)),
        (SHORT, position(4, asked_again=True), Settled(None)),
        # A push from the future: what Gmail knows is what is awaited from then on.
        (Read(90, 100, 2**62, 130), position(4), Believe(None, history_id=130, awaited=130)),
        # Quiet for a minute: Gmail lists what it knows, so its own id is awaited, too.
        (AHEAD, position(pushed_ago=59.9), Settled(None)),
        (AHEAD, position(pushed_ago=60), ReadAgain(1)),
        (AHEAD, position(pushed_ago=None), ReadAgain(1)),
        (AHEAD, position(4, pushed_ago=60), Believe(None, history_id=130, awaited=120)),
        (WHOLE, position(pushed_ago=None), Settled(None)),
        # A message that was listed and is not there yet is waited for in the same way, and moves nothing.
        (WHOLE, position(0, message_missing=True), ReadAgain(1)),
        (WHOLE, position(3, message_missing=True), ReadAgain(30)),
        (WHOLE, position(4, message_missing=True), Settled(None)),
        (SHORT, position(4, message_missing=True), Believe(None, history_id=130, awaited=120)),
    ],
)
def test_rule_03_it_decides(read: Read, after: Position, decision: ReadAgain | Settled) -> None:
    assert decide(read, after) == decision


def test_rule_03_the_fifth_read_is_the_last() -> None:
    assert [is_last(repeats) for repeats in range(6)] == [False] * 4 + [True] * 2


SECONDS = strategies.floats(0.0, 5.0)


@given(strategies.lists(SECONDS, min_size=3, max_size=3), SECONDS, strategies.booleans())
def test_rule_03_a_read_begins_after_all_that_a_push_may_stand_for(
    work: list[float], claimed_after: float, page_open: bool
) -> None:
    """However long they take: one begins three seconds after it or later, and for an open page one after a second."""
    began = [claimed_after]
    for seconds in work:
        now = began[-1] + seconds
        after = trailing_after(NOW, NOW + timedelta(seconds=began[-1]), NOW + timedelta(seconds=now), page_open)
        if after is None:
            break
        began.append(now + after)
    assert after is None
    assert began[-1] >= TRAILING_SECONDS - 1e-5
    if page_open and began[0] < 1:
        assert began[1] == pytest.approx(max(1, began[0] + work[0]), abs=1e-5)
