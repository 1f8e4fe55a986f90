"""A crowd costs one query, a lone caller waits for nobody, and one bad question costs itself."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from realtime.together import Together

BAD, SKIPPED = -1, -2


class Questions:
    """Doubles numbers, in calls that end when they are let; refuses what is BAD, leaves out what is SKIPPED."""

    def __init__(self, error: type[Exception] = ValueError) -> None:
        self.calls: list[list[int]] = []
        self.under_way = self.most_under_way = 0
        self.open = asyncio.Event()
        self.open.set()
        self._error = error

    async def ask(self, numbers: list[int]) -> dict[int, int]:
        self.calls.append(numbers)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.open.wait()
        await asyncio.sleep(0)
        self.under_way -= 1
        if BAD in numbers:
            raise self._error("bad")
        return {number: 2 * number for number in numbers if number != SKIPPED}

    async def ask_alone(self, numbers: list[int]) -> dict[int, int]:
        (number,) = numbers
        if number == BAD:
            raise self._error("bad")
        return {number: 2 * number}


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def crowd(together: Together[int, int], numbers: list[int]) -> list[int | BaseException]:
    return await asyncio.gather(*map(together, numbers), return_exceptions=True)


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 30))


def test_rule_21_it_asks_for_a_lone_caller_at_once() -> None:
    async def story() -> None:
        questions = Questions()
        assert await Together(questions.ask)(3) == 6
        assert questions.calls == [[3]]

    run(story)


def test_rule_21_it_asks_together_for_all_who_wait() -> None:
    async def story() -> None:
        questions = Questions()
        together = Together(questions.ask, limit=4)
        questions.open.clear()
        first = asyncio.create_task(together(0))
        await settle()
        rest = asyncio.create_task(crowd(together, [1, 2, 3, 1, 5, 6]))
        await settle()
        questions.open.set()
        assert (await first, await rest) == (0, [2, 4, 6, 2, 10, 12])
        assert questions.calls == [[0], [1, 2, 3, 1], [5, 6]]

    run(story)


def test_rule_21_an_answer_is_never_older_than_its_question() -> None:
    """What is asked while the same question is under way is asked again."""

    async def story() -> None:
        questions = Questions()
        together = Together(questions.ask)
        questions.open.clear()
        first = asyncio.create_task(together(7))
        await settle()
        second = asyncio.create_task(together(7))
        await settle()
        questions.open.set()
        await asyncio.gather(first, second)
        assert questions.calls == [[7], [7]]

    run(story)


def test_rule_21_one_bad_question_costs_itself() -> None:
    async def story() -> None:
        together = Together(Questions().ask)
        one, bad, other = await crowd(together, [1, BAD, 2])
        assert (one, other) == (2, 4)
        assert isinstance(bad, ValueError)
        assert await together(5) == 10

    run(story)


def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    async def story() -> None:
        questions = Questions(OperationalError)
        answers = await crowd(Together(questions.ask), [1, BAD, 2])
        assert [type(answer) for answer in answers] == [OperationalError] * 3
        assert len(questions.calls) == 1

    run(story)


def test_what_is_left_out_is_asked_alone_while_others_go_on() -> None:
    async def story() -> None:
        questions = Questions()
        held = asyncio.Event()

        async def ask_alone(numbers: list[int]) -> dict[int, int]:
            await held.wait()
            return await questions.ask_alone(numbers)

        together = Together(questions.ask, ask_alone)
        skipped = asyncio.create_task(together(SKIPPED))
        await settle()
        assert await together(4) == 8
        held.set()
        assert await skipped == 2 * SKIPPED

    run(story)


def test_it_goes_on_without_the_callers_who_have_gone() -> None:
    async def story() -> None:
        questions = Questions()
        together = Together(questions.ask)
        questions.open.clear()
        gone, stays = asyncio.create_task(together(1)), asyncio.create_task(together(2))
        await settle()
        gone.cancel()
        await settle()
        questions.open.set()
        assert await stays == 4
        assert await together(3) == 6

    run(story)


def test_a_call_that_ended_with_its_event_loop_holds_up_nobody() -> None:
    questions = Questions()
    together = Together(questions.ask)

    async def story() -> None:
        questions.open.clear()
        waiting = asyncio.create_task(together(1))
        await settle()
        assert not waiting.done()

    async def next_story() -> None:
        questions.open = asyncio.Event()
        questions.open.set()
        assert await together(2) == 4

    run(story)
    run(next_story)


@given(st.lists(st.lists(st.integers(-2, 50), max_size=12), max_size=6), st.integers(1, 5))
def test_each_caller_gets_their_own_answer(crowds: list[list[int]], limit: int) -> None:
    """However they come, and whatever is asked beside them."""

    async def story() -> None:
        questions = Questions()
        together = Together(questions.ask, questions.ask_alone, limit)
        asked = [number for numbers in crowds for number in numbers]
        waiting = []
        for numbers in crowds:
            waiting.append(asyncio.create_task(crowd(together, numbers)))
            await asyncio.sleep(0)
        answers = [answer for some in waiting for answer in await some]
        for number, answer in zip(asked, answers, strict=True):
            assert isinstance(answer, ValueError) if number == BAD else answer == 2 * number
        assert questions.most_under_way <= 1
        assert all(len(call) <= limit for call in questions.calls)
        assert Counter(number for call in questions.calls for number in call) == Counter(asked)

    run(story)
