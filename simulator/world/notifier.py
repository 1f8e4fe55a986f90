"""Gmail's side of push: at once on a change, at most one a second and mailbox, the rest is dropped."""

from simulator.clock import Clock
from simulator.mailbox.history import Record
from simulator.mailbox.mailbox import Mailbox
from simulator.world import notification
from simulator.world.broker import Broker


class Notifier:
    """Publishes to the topic of a mailbox's watch; shortest_gap is in seconds."""

    def __init__(self, broker: Broker, clock: Clock, shortest_gap: float) -> None:
        self._broker = broker
        self._clock = clock
        self._shortest_gap = shortest_gap
        self._last: dict[str, float] = {}

    def changed(self, mailbox: Mailbox, record: Record) -> None:
        """Notify of a change, if the mailbox is watched and was not notified within the last second."""
        watch = mailbox.watch
        if watch is None or not watch.live(self._clock.now_ms()) or not watch.wants(record):
            return
        if self._clock.now() - self._last.get(mailbox.email, 0) >= self._shortest_gap:
            self._last[mailbox.email] = self._clock.now()
            self.publish(mailbox, mailbox.history.head)

    def publish(self, mailbox: Mailbox, history_id: int) -> None:
        """Notify now, whatever came before, as watch() does; a topic that is gone hears nothing."""
        if mailbox.watch is not None and mailbox.watch.topic in self._broker.topics:
            self._broker.publish(mailbox.watch.topic, notification.encode(mailbox.email, history_id))
