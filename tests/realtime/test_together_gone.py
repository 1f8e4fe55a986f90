"""Callers who give up leave nothing behind."""

import asyncio

from realtime.together import Together
from tests.realtime.test_together import Questions, run, settle


def test_rule_21_it_forgets_who_gave_up() -> None:
    async def story() -> None:
        questions = Questions()
        together = Together(questions.ask)
        questions.open.clear()
        asking = asyncio.create_task(together(1))
        await settle()
        waiting = [asyncio.create_task(together(number)) for number in (2, 3, 2)]
        await settle()
        asking.cancel()
        waiting.pop(0).cancel()
        await settle()
        questions.open.set()
        assert await asyncio.gather(*waiting) == [6, 4]
        assert questions.calls == [[1], [3, 2]]

    run(story)
