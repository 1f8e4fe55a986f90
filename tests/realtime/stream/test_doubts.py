"""Who is looked at now, and that everybody is looked at in time however many are in doubt meanwhile."""

import asyncio

import pytest

from realtime.stream.doubts import Doubts

LONG = 30.0  # no test waits for it
SHORT = 0.05


def test_it_gives_out_those_in_doubt_at_once() -> None:
    doubts = Doubts()
    doubts.about(1, 2)
    doubts.about(2, 3)
    assert asyncio.run(doubts.wait(LONG)) == {1, 2, 3}


def test_it_gives_out_a_doubt_that_comes_while_waiting() -> None:
    async def story() -> set[int]:
        doubts = Doubts()
        waiting = asyncio.create_task(doubts.wait(LONG))
        await asyncio.sleep(0)
        doubts.about(7)
        return await waiting

    assert asyncio.run(story()) == {7}


def test_it_gives_each_doubt_out_once() -> None:
    async def story() -> tuple[set[int], set[int]]:
        doubts = Doubts()
        doubts.about(1)
        return await doubts.wait(LONG), await doubts.wait(SHORT)

    assert asyncio.run(story()) == ({1}, set())


def test_it_is_not_woken_by_a_doubt_about_nobody() -> None:
    async def story() -> None:
        doubts = Doubts()
        doubts.about()
        async with asyncio.timeout(SHORT):
            await doubts.wait(LONG)

    with pytest.raises(TimeoutError):
        asyncio.run(story())


def test_rule_13_it_asks_for_all_in_time_although_somebody_is_always_in_doubt() -> None:
    async def story() -> None:
        doubts = Doubts()
        while True:
            doubts.about(1)
            if not await doubts.wait(SHORT):
                return
            await asyncio.sleep(SHORT / 10)

    asyncio.run(asyncio.wait_for(story(), LONG))


def test_it_remembers_for_a_while_who_was_in_doubt() -> None:
    async def story() -> tuple[bool, bool, bool]:
        doubts = Doubts(remembered_seconds=LONG)
        doubts.about(1)
        await doubts.wait(LONG)
        return doubts.remembers(1), doubts.remembers(2), Doubts().remembers(1)

    assert asyncio.run(story()) == (True, False, False)


def test_it_forgets_after_that_while() -> None:
    async def story() -> None:
        doubts = Doubts(remembered_seconds=SHORT)
        doubts.about(1)
        while doubts.remembers(1):
            await doubts.wait(SHORT)

    asyncio.run(asyncio.wait_for(story(), LONG))
