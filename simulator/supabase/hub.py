"""Who hears what: the channels by topic, and what happens to a message on its way to each of them."""

import asyncio
from collections import Counter, defaultdict
from typing import Protocol

from simulator.faults import FaultedCall, Faults
from simulator.supabase.wire import Broadcast

API = "supabase"


class Listener(Protocol):
    """A channel that has joined."""

    def hear(self, broadcast: Broadcast) -> None:
        """Send a message, and after it the one that is held back."""

    def hold(self, broadcast: Broadcast) -> None:
        """Send this message after the next one."""

    def count(self) -> None:
        """Count a delivery; too many end the channel."""


class Hub:
    """Public and private topics of one name have nothing to do with each other (lib/realtime/tenants.ex).

    `deliveries` counts what came of each message and channel: sent, dropped, repeated, reordered, delayed.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._channels: defaultdict[tuple[bool, str], list[Listener]] = defaultdict(list)
        self.deliveries: Counter[str] = Counter()

    def add(self, private: bool, topic: str, channel: Listener) -> None:
        """Let a channel hear the topic."""
        self._channels[private, topic].append(channel)

    def remove(self, private: bool, topic: str, channel: Listener) -> None:
        """Let it hear no more."""
        self._channels[private, topic].remove(channel)
        if not self._channels[private, topic]:
            del self._channels[private, topic]

    def topics(self) -> list[dict[str, object]]:
        """Tell which topics are heard, and by how many channels."""
        return [
            {"topic": topic, "private": private, "channels": len(channels)}
            for (private, topic), channels in self._channels.items()
        ]

    def dispatch(self, broadcast: Broadcast, but: Listener | None = None) -> None:
        """Deliver a message to each channel that hears its topic, in the order in which they have joined."""
        for channel in list(self._channels.get((broadcast.private, broadcast.topic), ())):
            if channel is not but:
                self._deliver(channel, broadcast)

    def _deliver(self, channel: Listener, broadcast: Broadcast) -> None:
        fault = self._faults.take(FaultedCall("delivery", api=API, topic=broadcast.topic))
        if fault is None:
            self.deliveries["sent"] += 1
            channel.hear(broadcast)
        elif fault.drop:
            self.deliveries["dropped"] += 1
        elif fault.reorder:
            self.deliveries["reordered"] += 1
            channel.hold(broadcast)
        elif fault.delay:
            self.deliveries["delayed"] += 1
            asyncio.get_running_loop().call_later(fault.delay, channel.hear, broadcast)
        else:
            self.deliveries["sent"] += 1
            self.deliveries["repeated"] += fault.duplicate
            for _ in range(1 + fault.duplicate):
                channel.hear(broadcast)
        channel.count()
