"""The broker: publishes to subscriptions, leases messages and takes acknowledgements. No HTTP."""

from asyncio import Event
from base64 import b64decode
from collections.abc import Callable

from simulator.clock import Clock
from simulator.errors import GoogleError
from simulator.state import Document, State
from simulator.world.topics import Delivery, PubsubMessage, Subscription, Topic, subscription_from

DELETED_TOPIC = "_deleted-topic_"
FIRST_MESSAGE_ID = 2_070_443_601_311_540  # sixteen digits, as Google's


def not_found(name: str) -> GoogleError:
    """Pub/Sub's 404; it names the last part of the resource."""
    return GoogleError(404, "notFound", f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")


class Broker:
    """Topics and subscriptions by name; `on_push` is told of each delivery to a push subscription."""

    def __init__(self, clock: Clock, state: State) -> None:
        self.topics: dict[str, Topic] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.on_push: Callable[[Subscription, Delivery], None] = lambda subscription, delivery: None
        self.arrived = Event()
        self._clock = clock
        self._state = state
        self._count = 0
        self._restore()

    def _restore(self) -> None:
        for _, document in self._state.load("pubsub_count"):
            self._count = document["count"]
        for name, document in self._state.load("topic"):
            self.topics[name] = Topic(name, document["policy"])
        for name, document in self._state.load("subscription"):
            self.subscriptions[name] = subscription_from(name, document)
        for _, document in self._state.load("delivery"):
            waiting = self.subscriptions[document["subscription"]].waiting
            data = b64decode(document["data"])
            message = PubsubMessage(document["id"], data, document["published_at"], document["attributes"])
            waiting[message.id] = Delivery(message)

    def resume(self, subscription: Subscription) -> None:
        """Push what waits: it came before the subscription was pushed to, or in an earlier run."""
        if subscription.push_endpoint:
            for delivery in list(subscription.waiting.values()):
                self.on_push(subscription, delivery)

    def topic(self, name: str) -> Topic:
        """Return the topic. Raises a 404."""
        if name not in self.topics:
            raise not_found(name)
        return self.topics[name]

    def subscription(self, name: str) -> Subscription:
        """Return the subscription. Raises a 404."""
        if name not in self.subscriptions:
            raise not_found(name)
        return self.subscriptions[name]

    def save_topic(self, topic: Topic) -> None:
        """Keep a new or changed topic."""
        self.topics[topic.name] = topic
        self._state.put("topic", topic.name, {"policy": topic.policy})

    def save_subscription(self, subscription: Subscription) -> None:
        """Keep a new or changed subscription."""
        self.subscriptions[subscription.name] = subscription
        self._state.put("subscription", subscription.name, subscription.document())

    def delete_topic(self, name: str) -> None:
        """Delete a topic; its subscriptions stay and hear nothing more, also when it is made again."""
        del self.topics[self.topic(name).name]
        for subscription in self.subscriptions.values():
            if subscription.topic == name:
                subscription.topic = DELETED_TOPIC
                self.save_subscription(subscription)
        self._state.delete("topic", name)

    def delete_subscription(self, name: str) -> None:
        """Delete a subscription with what waits in it."""
        self.subscription(name).waiting.clear()
        del self.subscriptions[name]
        self._state.delete("subscription", name)
        self._state.delete_under("delivery", f"{name}/")

    def publish(self, topic_name: str, data: bytes, attributes: dict[str, str] | None = None) -> str:
        """Put a message into every subscription of the topic; returns its messageId."""
        self.topic(topic_name)
        self._count += 1
        self._state.put("pubsub_count", "", {"count": self._count})
        message_id = str(FIRST_MESSAGE_ID + self._count)
        message = PubsubMessage(message_id, data, self._clock.now(), attributes or {})
        for subscription in self.subscriptions.values():
            if subscription.topic == topic_name:
                self._enqueue(subscription, message)
        return message_id

    def _enqueue(self, subscription: Subscription, message: PubsubMessage) -> None:
        delivery = subscription.waiting[message.id] = Delivery(message)
        document: Document = {
            "id": message.id,
            "subscription": subscription.name,
            "data": message.document()["data"],
            "published_at": message.published_at,
            "attributes": message.attributes,
        }
        self._state.put("delivery", f"{subscription.name}/{message.id}", document)
        if subscription.push_endpoint:
            self.on_push(subscription, delivery)
        self.arrived.set()
        self.arrived = Event()

    def lease(self, subscription: Subscription, limit: int) -> list[Delivery]:
        """Lease at most `limit` messages that nobody holds, from now until the ack deadline."""
        now = self._clock.now()
        leased: list[Delivery] = []
        for delivery in subscription.waiting.values():
            if len(leased) == limit:
                break
            if delivery.lease_ends <= now:
                delivery.attempt += 1
                delivery.lease_ends = now + subscription.ack_seconds
                leased.append(delivery)
        return leased

    def modify_lease(self, subscription: Subscription, message_id: str, seconds: int) -> None:
        """Hold a message for so many seconds more; 0 gives it back at once."""
        if delivery := subscription.waiting.get(message_id):
            delivery.lease_ends = self._clock.now() + seconds

    def acknowledge(self, subscription: Subscription, message_id: str) -> None:
        """Forget a message that is dealt with; an unknown one is no error."""
        if subscription.waiting.pop(message_id, None):
            self._state.delete("delivery", f"{subscription.name}/{message_id}")

    def commit(self) -> None:
        """Make the state durable, for those who change it outside a request."""
        self._state.commit()
