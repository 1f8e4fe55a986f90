"""The topics, subscriptions and messages of Pub/Sub."""

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.errors import GoogleError
from simulator.state import Document

GMAIL_PUBLISHER = "serviceAccount:gmail-api-push@system.gserviceaccount.com"
PUBLISHER_ROLES = frozenset({"roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin", "roles/owner"})
DEFAULT_ACK_SECONDS = 10
ACK_SECONDS = range(1, 601)  # Google wants 10 at least; a test should not have to wait for them


def new_etag() -> str:
    """Another one at each change, so that whoever writes an older policy back is refused."""
    return b64encode(secrets.token_bytes(8)).decode()


@dataclass
class Topic:
    """A topic and who may publish to it."""

    name: str
    policy: Document = field(default_factory=lambda: {"version": 1, "etag": new_etag(), "bindings": []})

    def lets_gmail_publish(self) -> bool:
        """Tell whether the policy gives Gmail's service account a publishing role."""
        return any(
            binding.get("role") in PUBLISHER_ROLES and GMAIL_PUBLISHER in binding.get("members", ())
            for binding in self.policy.get("bindings", ())
        )

    def let_gmail_publish(self) -> None:
        """Grant the publisher role to Gmail's service account."""
        if not self.lets_gmail_publish():
            binding = {"role": "roles/pubsub.publisher", "members": [GMAIL_PUBLISHER]}
            self.set_policy({**self.policy, "bindings": [*self.policy.get("bindings", ()), binding]})

    def set_policy(self, policy: Document) -> None:
        """Take a policy whole; one that was read before another change is a 409, as in a read-modify-write."""
        if policy.get("etag", self.policy["etag"]) != self.policy["etag"]:
            raise GoogleError(
                409,
                "aborted",
                "There were concurrent policy changes. Please retry the whole "
                "read-modify-write with exponential backoff.",
            )
        self.policy = {"version": policy.get("version", 1), "etag": new_etag(), "bindings": policy.get("bindings", [])}


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

    def patch(self, document: Document, mask: str) -> None:
        """Change the fields that the mask names: https://cloud.google.com/pubsub/docs/reference/rest/v1/UpdateSubscriptionRequest."""
        for name in filter(None, mask.split(",")):
            if name == "pushConfig":
                self.set_push(document.get(name, {}))
            elif name == "ackDeadlineSeconds":
                self.ack_seconds = checked_ack_seconds(document.get(name))
            elif name in _KEPT_FIELDS:
                self.rest[name] = document.get(name, {})
            else:
                raise GoogleError(400, "badRequest", f"Invalid update_mask provided in the request: {name}")
        if not mask:
            raise GoogleError(400, "badRequest", "The update_mask in the request must be set, and must not be empty.")


def checked_ack_seconds(seconds: Any) -> int:
    """Return the ack deadline in seconds, or raise a 400 if Google would not take it; nothing or 0 is the default."""
    if seconds and seconds not in ACK_SECONDS:
        raise GoogleError(400, "badRequest", f"Invalid ack deadline given: {seconds}. It must be at most 600.")
    return seconds or DEFAULT_ACK_SECONDS


_KEPT_FIELDS = ("expirationPolicy", "retryPolicy", "labels", "deadLetterPolicy", "messageRetentionDuration")


def subscription_from(name: str, document: Document) -> Subscription:
    """Return a subscription from its REST document, from a request or from the state file."""
    rest = {key: document[key] for key in _KEPT_FIELDS if key in document}
    seconds = checked_ack_seconds(document.get("ackDeadlineSeconds"))
    subscription = Subscription(name, document["topic"], seconds, rest=rest)
    subscription.set_push(document.get("pushConfig", {}))
    return subscription
