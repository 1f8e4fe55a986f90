"""Many callers, one query: what is asked while an answer is under way is asked together next, so a crowd costs one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from contextlib import suppress
from typing import Any, Generic, TypeVar

from realtime import database_errors

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")

Ask = Callable[[list[Q]], Awaitable[Mapping[Q, A]]]


class Together(Generic[Q, A]):
    """Puts the questions of all who wait to one call of `ask`; a lone caller waits for nobody.

    One such call is under way at a time, with at most `limit` questions, of which some may be alike. A question that
    it leaves out, and each of a call that failed, is put alone to `ask_alone` (by default `ask`) while the next calls
    go on: one bad question costs itself. A database that is away is away for all, and asked no more for them.
    """

    def __init__(self, ask: Ask[Q, A], ask_alone: Ask[Q, A] | None = None, limit: int = 256) -> None:
        self._ask, self._ask_alone, self._limit = ask, ask_alone or ask, limit
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()  # an event loop keeps no task alive
        self._turn: asyncio.Task[None] | None = None

    async def __call__(self, question: Q) -> A:
        """Return the answer, of a call that began after this one. Raises what `ask` and `ask_alone` raise.

        The question of a caller who gives up is forgotten: while nothing answers, nothing piles up.
        """
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._turn is None or self._turn.done():
            self._turn = self._start(self._take_turns())
        try:
            return await answer
        except asyncio.CancelledError:
            with suppress(ValueError):  # it is being asked
                self._waiting.remove((question, answer))
            raise

    async def _take_turns(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
            try:
                answers = await self._ask([question for question, _ in group])
            except Exception as error:
                self._failed(group, error)
                continue
            for question, answer in group:
                if question not in answers:
                    self._start(self._alone(question, answer))
                elif not answer.done():  # its caller may have gone
                    answer.set_result(answers[question])

    def _failed(self, group: list[tuple[Q, "asyncio.Future[A]"]], error: Exception) -> None:
        for question, answer in group:
            if not database_errors.is_away(error):
                self._start(self._alone(question, answer))
            elif not answer.done():
                answer.set_exception(error)

    async def _alone(self, question: Q, answer: "asyncio.Future[A]") -> None:
        try:
            result = (await self._ask_alone([question]))[question]
        except Exception as error:
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(result)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
