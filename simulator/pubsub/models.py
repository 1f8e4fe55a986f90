"""What Pub/Sub keeps: topics, subscriptions and messages."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simulator.state import Document

GMAIL_PUBLISHER = "serviceAccount:gmail-api-push@system.gserviceaccount.com"
PUBLISHER_ROLES = frozenset({"roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin", "roles/owner"})
DEFAULT_ACK_SECONDS = 10


@dataclass
class Topic:
    """A topic and who may publish to it."""

    name: str
    policy: Document = field(default_factory=lambda: {"version": 1, "etag": "BwAAAAAAAAA=", "bindings": []})

    def lets_gmail_publish(self) -> bool:
        """Whether the policy gives Gmail's service account a publishing role."""
        return any(
            binding.get("role") in PUBLISHER_ROLES and GMAIL_PUBLISHER in binding.get("members", ())
            for binding in self.policy.get("bindings", ())
        )

    def let_gmail_publish(self) -> None:
        """Grant the publisher role to Gmail's service account."""
        if not self.lets_gmail_publish():
            binding = {"role": "roles/pubsub.publisher", "members": [GMAIL_PUBLISHER]}
            self.policy["bindings"] = [*self.policy.get("bindings", ()), binding]


@dataclass(frozen=True)
class PubsubMessage:
    """A published message; published_at is in seconds."""

    id: str
    data: bytes
    published_at: float
    attributes: dict[str, str] = field(default_factory=dict)

    def document(self) -> Document:
        """As the REST API writes it; a message without attributes has no such key."""
        moment = datetime.fromtimestamp(self.published_at, UTC).isoformat(timespec="milliseconds")
        document: Document = {
            "data": b64encode(self.data).decode(),
            "messageId": self.id,
            "publishTime": moment.replace("+00:00", "Z"),
        }
        if self.attributes:
            document["attributes"] = self.attributes
        return document


@dataclass
class Delivery:
    """A message on its way to one subscription."""

    message: PubsubMessage
    attempt: int = 0
    lease_ends: float = 0.0


@dataclass
class Subscription:
    """A subscription; without a push endpoint it is pulled from."""

    name: str
    topic: str
    ack_seconds: int = DEFAULT_ACK_SECONDS
    push_endpoint: str = ""
    push_audience: str = ""
    push_service_account: str = ""
    rest: Document = field(default_factory=dict)
    waiting: dict[str, Delivery] = field(default_factory=dict)

    def document(self) -> Document:
        """As the REST API writes it."""
        push: Document = {}
        if self.push_endpoint:
            push["pushEndpoint"] = self.push_endpoint
        if self.push_service_account:
            push["oidcToken"] = {
                "serviceAccountEmail": self.push_service_account,
                **({"audience": self.push_audience} if self.push_audience else {}),
            }
        return {
            "name": self.name,
            "topic": self.topic,
            "pushConfig": push,
            "ackDeadlineSeconds": self.ack_seconds,
            "messageRetentionDuration": "604800s",
            "expirationPolicy": {"ttl": "2678400s"},
            "state": "ACTIVE",
            **self.rest,
        }

    def set_push(self, push: Document) -> None:
        """Take a pushConfig; an empty one makes it a pull subscription."""
        oidc = push.get("oidcToken", {})
        self.push_endpoint = push.get("pushEndpoint", "")
        self.push_audience = oidc.get("audience", "")
        self.push_service_account = oidc.get("serviceAccountEmail", "")


_KEPT_FIELDS = ("expirationPolicy", "retryPolicy", "labels", "deadLetterPolicy", "messageRetentionDuration")


def subscription_from(name: str, document: Document) -> Subscription:
    """A subscription from its REST document, from a request or from the state file."""
    rest = {key: document[key] for key in _KEPT_FIELDS if key in document}
    seconds = document.get("ackDeadlineSeconds") or DEFAULT_ACK_SECONDS
    subscription = Subscription(name, document["topic"], seconds, rest=rest)
    subscription.set_push(document.get("pushConfig", {}))
    return subscription
