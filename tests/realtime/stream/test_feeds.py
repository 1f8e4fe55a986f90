"""Whatever happens to notices, reads and clients: what a stream writes is contiguous, and in the end complete."""

import asyncio
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from realtime.log import reading
from realtime.stream import consumers, feeds, queries
from realtime.stream.feeds import Feed
from realtime.stream.sse import Cursor
from realtime.transport.publish import Notice
from tests.realtime.listeners import Client, MemoryLog

pytestmark = pytest.mark.slow  # processes, or waits

any_index = st.integers(0, 1_000)


class Streams(RuleBasedStateMachine):
    """One user's streams in one process: the real feed, replay and writing loop, on a log in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.log = MemoryLog()
        self.feed = Feed(1)
        self.notices: list[Notice] = []
        self.heads: list[Cursor] = []
        self.clients: list[Client] = []
        self.patches = ExitStack()
        self.patches.enter_context(patch.object(queries, "head_of", self.ask))
        self.patches.enter_context(patch.object(queries, "page_after", self.ask))
        self.patches.enter_context(patch.object(consumers, "RETRY_READ_SECONDS", 0))
        self.patches.enter_context(patch.object(feeds, "QUEUE_FRAMES", 3))

    async def ask(self, about: int | reading.Place) -> Any:
        client = next(c for c in self.clients if c.task is asyncio.current_task())
        client.question = self.loop.create_future()
        limit = await client.question  # what the log holds when it is answered, not when it was asked
        if limit is None:
            raise OperationalError
        answer = self.log.head if isinstance(about, int) else self.log.read(about[1], limit)
        client.question = self.loop.create_future()
        await client.question  # the answer is on its way while the log goes on
        client.question = None
        return answer

    def settle(self) -> None:
        async def turns() -> None:
            for _ in range(12):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())

    @initialize(count=st.integers(0, 3))
    def begin(self, count: int) -> None:
        if count:
            self.log.append(count, inline=True)

    @rule(back=st.none() | st.integers(0, 5), at_once=st.booleans())
    def open(self, back: int | None, at_once: bool) -> None:
        head = self.log.head
        asked = None if back is None else str(Cursor(head.epoch, max(0, head.seq - back)))
        if not self.feed.streams:
            self.feed = Feed(1)  # the hub forgets a feed with its last stream
        client = Client(self.feed, asked, back is not None and head.seq - back < self.log.floor, at_once)
        self.clients.append(client)
        client.open(self.loop)

    @rule(count=st.integers(1, 3), inline=st.booleans())
    def append(self, count: int, inline: bool) -> None:
        self.notices.append(self.log.append(count, inline))

    @precondition(lambda self: self.notices)
    @rule(index=any_index)
    def hear(self, index: int) -> None:
        """Any notice, any time, as often as it likes; those that are never drawn are lost."""
        self.feed.on_notice(self.notices[index % len(self.notices)])

    @rule(counts=st.lists(st.integers(1, 3), min_size=1, max_size=5), inline=st.booleans())
    def append_and_hear(self, counts: list[int], inline: bool) -> None:
        """Faster than anybody can write: a queue of three overflows."""
        for count in counts:
            self.append(count, inline)
            self.feed.on_notice(self.notices[-1])

    @precondition(lambda self: self.clients)
    @rule(limit=st.sampled_from([1, 2, 500]))
    def calm_down(self, limit: int) -> None:
        """All reads end, all clients read: most streams go live."""
        for client in self.clients:
            client.may_write.set()
        for _ in range(4):
            self.everything_follows_on()
            for client in self.clients:
                if client.question and not client.question.done():
                    client.question.set_result(limit)

    @rule()
    def read_heads(self) -> None:
        self.heads.append(self.log.head)

    @precondition(lambda self: self.heads and self.feed.head)
    @rule()
    def compare_heads(self) -> None:
        self.feed.raise_head(self.heads.pop())

    @precondition(lambda self: self.clients)
    @rule(index=any_index, limit=st.none() | st.integers(1, 4))
    def answer(self, index: int, limit: int | None) -> None:
        question = self.clients[index % len(self.clients)].question
        if question is not None and not question.done():
            question.set_result(limit)

    @precondition(lambda self: self.clients)
    @rule(index=any_index)
    def stop_or_go_on_reading(self, index: int) -> None:
        may_write = self.clients[index % len(self.clients)].may_write
        (may_write.clear if may_write.is_set() else may_write.set)()

    @precondition(lambda self: self.clients)
    @rule(index=any_index)
    def beat(self, index: int) -> None:
        stream = self.clients[index % len(self.clients)].stream
        stream.on_tick(stream.due_at)

    @precondition(lambda self: self.clients)
    @rule(index=any_index)
    def end(self, index: int) -> None:
        self.clients[index % len(self.clients)].stream.end("age")

    @rule()
    def prune(self) -> None:
        self.log.floor = self.log.last
        self.allow_resets()

    @rule()
    def renew_epoch(self) -> None:
        self.log.renew()
        self.allow_resets()

    def allow_resets(self) -> None:
        for client in self.clients:
            client.resets_allowed = True

    @invariant()
    def everything_follows_on(self) -> None:
        self.settle()
        for client in self.clients:
            client.position()
            if client.task is not None and client.task.done():
                client.task.result()
                client.feed.streams.discard(client.stream)

    def teardown(self) -> None:
        """In the end the log answers, the clients read and heads are compared: then nobody lacks anything."""
        for _ in range(6):
            self.feed.raise_head(self.log.head)
            self.calm_down(limit=500)
        self.settle()
        open_ones = [client for client in self.clients if client.stream in self.feed.streams]
        try:
            assert [client.position() for client in open_ones] == [self.log.head] * len(open_ones)
            assert all(client.stream.live for client in open_ones)
        finally:
            self.close()

    def close(self) -> None:
        for client in self.clients:
            if client.task is not None:
                client.task.cancel()
        self.settle()
        self.loop.close()
        self.patches.close()


def test_rule_13_a_stream_is_contiguous_and_in_the_end_complete() -> None:
    run_state_machine_as_test(Streams, settings=settings(max_examples=200, stateful_step_count=50))
