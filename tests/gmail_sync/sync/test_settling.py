"""Every branch of the decision that a read is settled, without a database; test_settled_reads.py has it applied."""

from datetime import UTC, datetime, timedelta

import pytest

from gmail_sync.sync.settling import Believe, Position, Read, ReadAgain, Settled, decide, is_last

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHORT, WHOLE, AHEAD = Read(90, 100, 120, 130), Read(90, 120, 120, 120), Read(90, 120, 120, 130)


def position(
    repeats: int = 0,
    pushed_ago: float | None = 10,
    message_missing: bool = False,
    asked_again: bool = False,
    worked: float = 0,
) -> Position:
    """Return a mailbox that was pushed `pushed_ago` and claimed `worked` seconds ago."""
    pushed_at = None if pushed_ago is None else NOW - timedelta(seconds=pushed_ago)
    return Position(repeats, message_missing, asked_again, pushed_at, NOW - timedelta(seconds=worked), NOW)


@pytest.mark.parametrize(
    ("read", "after", "decision"),
    [
        # Reached what was announced: settled, whatever Gmail's own id says while pushes come.
        (WHOLE, position(), Settled(trailing=False)),
        (AHEAD, position(), Settled(trailing=False)),
        (AHEAD, position(repeats=4), Settled(trailing=False)),
        # A push that may hide another one: one trailing read.
        (WHOLE, position(pushed_ago=2.9), Settled(trailing=True)),
        (WHOLE, position(pushed_ago=3), Settled(trailing=False)),
        (WHOLE, position(pushed_ago=5, worked=2.1), Settled(trailing=True)),
        (WHOLE, position(pushed_ago=-1), Settled(trailing=True)),
        # Not reached: again after 1, 3, 8 and 30 seconds, then believed.
        (SHORT, position(0), ReadAgain(1)),
        (SHORT, position(1), ReadAgain(3)),
        (SHORT, position(2), ReadAgain(8)),
        (SHORT, position(3), ReadAgain(30)),
        (SHORT, position(4), Believe(False, history_id=130, awaited=120)),
        (SHORT, position(4, pushed_ago=1), Believe(True, history_id=130, awaited=120)),
        # Somebody asked meanwhile: the next read, which is due at once, decides.
        (SHORT, position(0, asked_again=True), ReadAgain(1)),
        (SHORT, position(4, asked_again=True), Settled(trailing=False)),
        # A push from the future: what Gmail knows is what is awaited from then on.
        (Read(90, 100, 2**62, 130), position(4), Believe(False, history_id=130, awaited=130)),
        # Quiet for a minute: Gmail lists what it knows, so its own id is awaited, too.
        (AHEAD, position(pushed_ago=59.9), Settled(trailing=False)),
        (AHEAD, position(pushed_ago=60), ReadAgain(1)),
        (AHEAD, position(pushed_ago=None), ReadAgain(1)),
        (AHEAD, position(4, pushed_ago=60), Believe(False, history_id=130, awaited=120)),
        (WHOLE, position(pushed_ago=None), Settled(trailing=False)),
        # A message that was listed and is not there yet is waited for in the same way, and moves nothing.
        (WHOLE, position(0, message_missing=True), ReadAgain(1)),
        (WHOLE, position(3, message_missing=True), ReadAgain(30)),
        (WHOLE, position(4, message_missing=True), Settled(trailing=False)),
        (SHORT, position(4, message_missing=True), Believe(False, history_id=130, awaited=120)),
    ],
)
def test_rule_03_it_decides(read: Read, after: Position, decision: ReadAgain | Settled) -> None:
    assert decide(read, after) == decision


def test_rule_03_the_fifth_read_is_the_last() -> None:
    assert [is_last(repeats) for repeats in range(6)] == [False] * 4 + [True] * 2
