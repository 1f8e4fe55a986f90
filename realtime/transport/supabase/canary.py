"""Listens at Supabase to topics of chosen users, and compares what comes with the log: the proof that it delivers.

It counts only what is committed while it listens: of time without a channel it tells how often that began. One thread
does it all, so that an event's arrival and the log's head are seen in one order.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import Error, close_old_connections
from websockets.exceptions import WebSocketException

from realtime import metrics
from realtime.log import reading
from realtime.transport import installation
from realtime.transport.supabase import hearers, relay, rollout
from realtime.transport.supabase.channels import Channels, Heard, Joined, Lost
from realtime.transport.supabase.project import Project
from realtime.transport.supabase.shadow import Figures, Shadow

logger = structlog.get_logger(__name__)

TOPICS = 90  # a connection carries a hundred channels at most
LISTEN_SECONDS, HEADS_SECONDS, BEAT_SECONDS, ROUND_SECONDS, LINE_SECONDS = 0.25, 1.0, 20.0, 60.0, 60.0
PAUSE_SECONDS = (1.0, 30.0)  # after a broken connection: the first wait and the longest, each twice the one before


@dataclass
class _Topic:
    """A topic that was asked for. Its `shadow` begins with the first head that is read once it `is_heard`."""

    user_id: int
    secret: str
    is_heard: bool = False
    shadow: Shadow | None = None


class Canary:
    """One listener. `say` gets a line each minute; `figures` are those of the whole time."""

    def __init__(self, there: Project, say: Callable[[str], object]) -> None:
        self.figures = Figures()
        self.listened = False  # to any topic, ever
        self.stopping = threading.Event()
        self._there, self._say = there, say
        self._minute = Figures()
        self._topics: dict[str, _Topic] = {}
        self._next = dict.fromkeys((self._look_at_heads, self._go_round, self._tell), 0.0)

    @property
    def listens(self) -> int:
        """Return how many topics are compared now."""
        return sum(topic.shadow is not None for topic in list(self._topics.values()))

    def run(self, seconds: float) -> None:
        """Listen for so long, or until `stopping` is set. What came in the last ten seconds may not be judged."""
        end, pause = time.monotonic() + seconds, PAUSE_SECONDS[0]
        self._next[self._tell] = time.monotonic() + LINE_SECONDS
        while not self._is_over(end):
            try:
                with Channels(self._there) as channels:
                    self._listen(channels, end)
                    return
            except (OSError, WebSocketException) as error:
                logger.warning("canary.disconnected", error=str(error)[:200])
            self._note_lost()
            pause = PAUSE_SECONDS[0] if self.listens else min(PAUSE_SECONDS[1], 2 * pause)
            self._topics.clear()
            self._if_due(self._tell, LINE_SECONDS)
            self.stopping.wait(max(0.0, min(pause, end - time.monotonic())))

    def _is_over(self, end: float) -> bool:
        return self.stopping.is_set() or time.monotonic() >= end

    def _listen(self, channels: Channels, end: float) -> None:
        self._next |= {self._look_at_heads: 0.0, self._go_round: 0.0}
        beat_at = time.monotonic() + BEAT_SECONDS
        while not self._is_over(end):
            self._if_due(self._go_round, ROUND_SECONDS, channels)
            self._take(channels.receive(LISTEN_SECONDS))
            self._if_due(self._look_at_heads, HEADS_SECONDS)
            self._if_due(self._tell, LINE_SECONDS)
            if time.monotonic() >= beat_at:
                channels.beat()
                beat_at = time.monotonic() + BEAT_SECONDS

    def _if_due(self, act: Callable[..., None], seconds: float, *arguments: Channels) -> None:
        """Do it at most once in so many seconds; without the database it is done the next time."""
        if time.monotonic() < self._next[act]:
            return
        self._next[act] = time.monotonic() + seconds
        try:
            act(*arguments)
        except Error as error:
            logger.warning("canary.no_database", error=type(error).__name__)
            close_old_connections()

    def _go_round(self, channels: Channels) -> None:
        """Have the chosen users heard, and follow them: to another topic, too, if their sessions gave them one."""
        close_old_connections()
        sample = rollout.sample(TOPICS, staying={topic.user_id for topic in self._topics.values()})
        heard = hearers.hear(sample)
        wanted = {relay.topic(secret): _Topic(user_id, secret) for user_id, (secret, _) in heard.items()}
        for name in self._topics.keys() - wanted.keys():
            channels.leave(name)
            del self._topics[name]
        for name, topic in wanted.items():
            subject = f"{installation.name()}/canary/{topic.user_id}"
            token = relay.listener_token(self._there.signing_key, name, subject)
            if name in self._topics:
                channels.renew(name, token)
            else:
                self._topics[name] = topic
                channels.join(name, token)

    def _look_at_heads(self) -> None:
        heard = [topic for topic in self._topics.values() if topic.is_heard]
        heads = reading.heads(topic.user_id for topic in heard)
        now = time.monotonic()
        for topic in heard:
            head = heads.get(topic.user_id)
            if head is None:
                continue
            if topic.shadow is None or topic.shadow.epoch != head.epoch:
                topic.shadow = Shadow(head)
            topic.shadow.expect(head.seq, now)
            self._count(topic.shadow.overdue(now))

    def _take(self, told: Joined | Heard | Lost | None) -> None:
        if told is None or told.topic not in self._topics:
            return
        if isinstance(told, Joined):
            self._topics[told.topic].is_heard = self.listened = True
        elif isinstance(told, Lost):
            del self._topics[told.topic]  # the next round joins it again
            self._note_lost()
            logger.warning("canary.lost", reason=told.reason)
        else:
            self._hear(self._topics[told.topic], told.payload)

    def _hear(self, topic: _Topic, message: object) -> None:
        arrived = time.time()
        said = relay.noticed(message, topic.secret, self._there.payload)
        if said is None or topic.shadow is None or said.epoch != topic.shadow.epoch:
            return
        results = topic.shadow.hear(said.first, said.last, time.monotonic())
        self._count(results)
        if results["seen"] or results["late"]:
            lag = max(0.0, arrived - said.at)
            metrics.SHADOW_LAG_SECONDS.observe(lag)
            for figures in (self.figures, self._minute):
                figures.lags[round(lag * 1_000)] += 1

    def _count(self, results: Counter[str]) -> None:
        for figures in (self.figures, self._minute):
            figures.events.update(results)
        for result, events in results.items():
            metrics.SHADOW_EVENTS.labels(result=result).inc(events)

    def _note_lost(self) -> None:
        for figures in (self.figures, self._minute):
            figures.lost += 1

    def _tell(self) -> None:
        self._say(f"{time.strftime('%H:%M')} {self.listens} of {len(self._topics)} topics: {self._minute}")
        self._minute = Figures()
