"""Queued users are looked at now, and everybody in time, however many are queued meanwhile."""

import asyncio
import time

import pytest

from realtime.stream.recheck_queue import RecheckQueue

LONG = 30.0  # no test waits for it
SHORT = 0.05


def test_it_gives_out_the_queued_at_once() -> None:
    queue = RecheckQueue()
    queue.add(1, 2)
    queue.add(2, 3)
    assert asyncio.run(queue.wait(LONG)) == {1, 2, 3}


def test_it_gives_out_a_user_who_is_queued_while_it_waits() -> None:
    async def story() -> set[int]:
        queue = RecheckQueue()
        waiting = asyncio.create_task(queue.wait(LONG))
        await asyncio.sleep(0)
        queue.add(7)
        return await waiting

    assert asyncio.run(story()) == {7}


def test_it_gives_each_user_out_once() -> None:
    async def story() -> tuple[set[int], set[int]]:
        queue = RecheckQueue()
        queue.add(1)
        return await queue.wait(LONG), await queue.wait(SHORT)

    assert asyncio.run(story()) == ({1}, set())


def test_it_gives_out_a_crowd_that_trickles_in_a_few_times() -> None:
    async def story() -> list[set[int]]:
        queue = RecheckQueue()
        rounds: list[set[int]] = []

        async def take() -> None:
            while not rounds or 99 not in rounds[-1]:
                rounds.append(await queue.wait(LONG))

        taking = asyncio.create_task(take())
        for user_id in range(100):
            queue.add(user_id)
            await asyncio.sleep(0)
        await taking
        return rounds

    rounds = asyncio.run(story())
    assert len(rounds) < 20
    assert set().union(*rounds) == set(range(100))


def test_it_is_not_woken_by_nobody() -> None:
    async def story() -> None:
        queue = RecheckQueue()
        queue.add()
        async with asyncio.timeout(SHORT):
            await queue.wait(LONG)

    with pytest.raises(TimeoutError):
        asyncio.run(story())


def test_rule_13_it_asks_for_all_in_time_although_somebody_is_always_queued() -> None:
    async def story() -> None:
        queue = RecheckQueue()
        while True:
            queue.add(1)
            if not await queue.wait(SHORT):
                return
            await asyncio.sleep(SHORT / 10)

    asyncio.run(asyncio.wait_for(story(), LONG))


def test_it_remembers_for_a_while_who_was_queued() -> None:
    async def story() -> tuple[bool, bool, bool]:
        queue = RecheckQueue(remembered_seconds=LONG)
        queue.add(1)
        await queue.wait(LONG)
        return queue.remembers(1), queue.remembers(2), RecheckQueue().remembers(1)

    assert asyncio.run(story()) == (True, False, False)


def test_it_forgets_after_that_while() -> None:
    async def story() -> None:
        queue = RecheckQueue(remembered_seconds=SHORT)
        queue.add(1)
        while queue.remembers(1):
            await queue.wait(SHORT)

    asyncio.run(asyncio.wait_for(story(), LONG))


def test_it_tells_who_was_queued_since_a_time() -> None:
    queue = RecheckQueue(remembered_seconds=LONG)
    before = time.monotonic()
    queue.add(1)
    assert queue.remembers(1, since=before)
    assert not queue.remembers(1, since=time.monotonic() + SHORT)
