"""Push delivery: POSTs with an OIDC token, at least once, with a back-off for the whole subscription."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Any

import httptools

from simulator.faults import Fault, FaultedCall, Faults
from simulator.meter import Meter
from simulator.pubsub.sender import Sender
from simulator.state import Document
from simulator.world.broker import Broker
from simulator.world.keys import Keys
from simulator.world.notification import address_of
from simulator.world.topics import Delivery, Subscription

ACKS = frozenset({102, 200, 201, 202, 204})  # https://cloud.google.com/pubsub/docs/push
FIRST_BACKOFF_SECONDS = 0.1
CONCURRENCY = 32
CONNECTION_LOST = 0  # counted in the meter as the status when there was no answer


def envelope(subscription: Subscription, delivery: Delivery) -> Document:
    """Return the wrapped push body; Google writes the id and the time in both spellings."""
    message = delivery.message.document()
    return {
        "message": {
            "attributes": {},
            **message,
            "message_id": message["messageId"],
            "publish_time": message["publishTime"],
        },
        "subscription": subscription.name,
        "deliveryAttempt": delivery.attempt,
    }


def backoff_seconds(failures: int, longest: float) -> float:
    """Return the pause after the nth refusal in a row: 100 ms, doubled each time, up to the longest."""
    return min(longest, FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 16))


class Pusher:
    """Delivers to all push subscriptions, a bounded number at a time."""

    def __init__(self, broker: Broker, keys: Keys, faults: Faults, meter: Meter, longest_backoff: float = 60.0) -> None:
        self._broker = broker
        self._keys = keys
        self._faults = faults
        self._meter = meter
        self._longest_backoff = longest_backoff
        self._sender = Sender()
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._failures: dict[str, int] = {}
        self._open_at: dict[str, float] = {}
        self._held: list[tuple[Subscription, Delivery]] = []
        self._tasks: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Take over deliveries, those of an earlier run first."""
        self._broker.on_push = self._schedule
        for subscription in self._broker.subscriptions.values():
            self._broker.resume(subscription)

    async def stop(self) -> None:
        """Drop what is under way; it is not acknowledged and comes again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sender.close()

    def _schedule(self, subscription: Subscription, delivery: Delivery) -> None:
        call = FaultedCall("push", address_of(delivery.message.data))
        fault = self._faults.take(call) or Fault("push")
        if fault.drop:
            self._broker.acknowledge(subscription, delivery.message.id)
        elif fault.reorder:
            self._held.append((subscription, delivery))
        else:
            overtaken, self._held = self._held, []
            self._spawn(self._deliver(subscription, delivery, fault.delay, overtaken))
            for _ in range(fault.duplicate):
                self._spawn(self._post(subscription, delivery))

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self,
        subscription: Subscription,
        delivery: Delivery,
        delay: float = 0.0,
        overtaken: Sequence[tuple[Subscription, Delivery]] = (),
    ) -> None:
        """Send until it is acknowledged, then what it has overtaken."""
        await asyncio.sleep(delay)
        loop = asyncio.get_running_loop()
        while delivery.message.id in subscription.waiting and subscription.push_endpoint:
            async with self._slots:
                if loop.time() >= self._open_at.get(subscription.name, 0.0):
                    delivery.attempt += 1
                    status = await self._post(subscription, delivery)
                    self._meter.count("push", status)
                    if status in ACKS:
                        self._failures[subscription.name] = 0
                        self._broker.acknowledge(subscription, delivery.message.id)
                        self._broker.commit()
                        for late in overtaken:
                            self._spawn(self._deliver(*late))
                        return
                    self._back_off(subscription, loop.time())
            await asyncio.sleep(max(0.0, self._open_at.get(subscription.name, 0.0) - loop.time()))

    def _back_off(self, subscription: Subscription, now: float) -> None:
        """Close the subscription for a while; refusals that arrive meanwhile do not lengthen it."""
        if now < self._open_at.get(subscription.name, 0.0):
            return
        failures = self._failures[subscription.name] = self._failures.get(subscription.name, 0) + 1
        self._open_at[subscription.name] = now + backoff_seconds(failures, self._longest_backoff)

    async def _post(self, subscription: Subscription, delivery: Delivery) -> int:
        """Send once; returns the status, or CONNECTION_LOST without one within the ack deadline."""
        headers = {"User-Agent": "CloudPubSub-Google", "Content-Type": "application/json"}
        if subscription.push_service_account:
            audience = subscription.push_audience or subscription.push_endpoint
            token = self._keys.push_token(subscription.push_service_account, audience)
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps(envelope(subscription, delivery)).encode()
        try:
            async with asyncio.timeout(subscription.ack_seconds):
                return await self._sender.post(subscription.push_endpoint, body, headers)
        except (OSError, httptools.HttpParserError):
            return CONNECTION_LOST
