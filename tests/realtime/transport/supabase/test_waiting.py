"""What waits for Supabase: merged while it waits, never twice under way, and bounded."""

import random

import pytest

from realtime.transport.supabase import waiting
from realtime.transport.supabase.relay import Broadcast
from realtime.transport.supabase.waiting import Waiting, merge


def said(first: int, last: int = 0, secret: str = "s", epoch: str = "e", frames: bytes | None = None) -> Broadcast:
    last = last or first
    whole = b"".join(b"%d\n\n" % number for number in range(first, last + 1))
    return Broadcast(1, secret, epoch, first, last, whole if frames is None else frames, committed_at=float(first))


def test_rule_23_it_merges_what_waits_behind_one_under_way() -> None:
    queue = Waiting()
    queue.put(said(1))
    under_way = queue.take()
    for number in (2, 3, 4):
        queue.put(said(number))
    assert queue.take() == []
    queue.release(under_way)
    assert queue.take() == [said(2, 4)]


@pytest.mark.parametrize(
    ("earlier", "later", "merged"),
    [
        (said(1), said(2), (1, 2, b"1\n\n2\n\n")),
        (said(2), said(1), (1, 2, b"1\n\n2\n\n")),  # commits are announced by many threads
        (said(1), said(3), (1, 3, b"")),
        (said(1), said(2, frames=b""), (1, 2, b"")),
        (said(1), said(2, 9, frames=b"x" * waiting.MERGED_BYTES), (1, 9, b"")),
        (said(7), said(1, epoch="f"), (1, 1, b"1\n\n")),
    ],
)
def test_rule_23_a_merged_message_says_no_more_than_it_has(
    earlier: Broadcast, later: Broadcast, merged: tuple[int, int, bytes]
) -> None:
    both = merge(earlier, later)
    assert (both.first, both.last, both.frames) == merged
    assert both.epoch == later.epoch


def test_rule_23_a_farewell_silences_what_waits_and_what_comes() -> None:
    bye = Broadcast(1, "s", bye="auth")
    assert merge(said(1), bye) == merge(bye, said(2)) == bye


def test_rule_23_whatever_is_merged_speaks_of_all_events_and_of_one_epoch() -> None:
    chance = random.Random(23)
    queue, sent = Waiting(), []
    told = [said(number, secret=chance.choice("abc")) for number in range(1, 400)]
    for message in told:
        queue.put(message)
        while chance.random() < 0.3 and (batch := queue.take()):
            sent += batch
            queue.release(batch)
    while batch := queue.take():
        sent += batch
        queue.release(batch)
    for message in told:
        assert any(one.secret == message.secret and one.first <= message.first <= one.last for one in sent)
    assert queue.bytes == 0


def test_it_holds_a_bounded_number_of_topics_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "WAITING_LIMIT", 3)
    monkeypatch.setattr(waiting, "WAITING_BYTES", 10)
    queue = Waiting()
    assert [queue.put(said(1, secret=name, frames=b"1234")) for name in "abcd"] == [True, True, True, False]
    assert queue.bytes == 8
    assert [queue.take()[0].frames for _ in "abc"] == [b"1234", b"1234", b""]
