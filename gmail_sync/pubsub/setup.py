"""Set Pub/Sub up as we need it: read it, change only what differs, never overwrite others' grants.

It deletes nothing that works. A subscription that has lost its topic delivers nothing any more; it is made again.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from gmail_sync.exceptions import GmailSyncError, PubSubConflict, PubSubMissing, PubSubUnimplemented
from gmail_sync.pubsub import api as pubsub_api
from gmail_sync.pubsub.api import Resource

GMAIL_PUBLISHER = "serviceAccount:gmail-api-push@system.gserviceaccount.com"
PUBLISHER_ROLE = "roles/pubsub.publisher"
PUBLISHERS = {PUBLISHER_ROLE, "roles/pubsub.editor", "roles/pubsub.admin", "roles/editor", "roles/owner"}
EVERYBODY = {"allUsers", "allAuthenticatedUsers"}
ACK_SECONDS = 10  # the least that Google takes; ours answers in milliseconds
LONGEST_ACK_SECONDS = 60  # a push that a dying web took comes again only after it, and Google allows 600
ALREADY_SO = "already so"
NOTHING_TO_GRANT = "not asked for, since this Pub/Sub knows no access control (501), as Google's emulator"
UNCHANGED = {ALREADY_SO, NOTHING_TO_GRANT}
DELETED_TOPIC = "_deleted-topic_"  # how Google names it in a subscription, which no topic can be attached to again
GIVEN_BY_GOOGLE = ("name", "state", "detached", "topicMessageRetentionDuration", "analyticsHubSubscriptionInfo")
TRIES = 6  # of a read-modify-write that others disturb
PAUSE_SECONDS = 0.1


class Impossible(GmailSyncError):
    """Google cannot change this resource into the wanted one; the operator has to decide."""


@dataclass(frozen=True)
class Push:
    """A subscription's push: its address, and the signer and the audience of its tokens."""

    endpoint: str
    service_account: str
    audience: str

    def config(self) -> Resource:
        """Return it as the REST API writes it."""
        token = {"serviceAccountEmail": self.service_account, "audience": self.audience}
        return {"pushEndpoint": self.endpoint, "oidcToken": token}


def apply(topic: str, subscription: str, push: Push | None) -> Iterator[tuple[str, str]]:
    """Yield each resource and the change made to it (none for UNCHANGED). Raises PubSubUnavailable, Impossible."""
    yield f"topic {topic}", _topic(topic)
    yield f"publisher role of Gmail on {topic}", _publisher(topic)
    yield f"subscription {subscription}", _subscription(subscription, topic, push)


def lets_gmail_publish(policy: Resource) -> bool:
    """Tell whether the topic's own policy lets Gmail publish."""
    members = {
        member
        for binding in policy.get("bindings") or []
        if binding.get("role") in PUBLISHERS and not binding.get("condition")
        for member in binding.get("members") or []
    }
    return bool(members & {GMAIL_PUBLISHER, *EVERYBODY})


def _topic(name: str) -> str:
    try:
        pubsub_api.topic(name)
    except PubSubMissing:
        try:
            pubsub_api.create_topic(name)
        except PubSubConflict:
            return ALREADY_SO  # somebody else was faster
        return "created"
    return ALREADY_SO


def _publisher(topic: str) -> str:
    """Add one member to the policy as it was read; its etag makes Google refuse it if it has changed meanwhile."""
    for attempt in range(TRIES):
        try:
            policy = pubsub_api.topic_policy(topic)
        except PubSubUnimplemented:
            return NOTHING_TO_GRANT
        if lets_gmail_publish(policy):
            return ALREADY_SO
        try:
            pubsub_api.set_topic_policy(topic, _with_publisher(policy))
        except PubSubConflict:
            if attempt == TRIES - 1:
                raise
            time.sleep(PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.0))
        else:
            return "granted"
    raise AssertionError


def _with_publisher(policy: Resource) -> Resource:
    bindings = [dict(binding) for binding in policy.get("bindings") or []]
    for binding in bindings:
        if binding.get("role") == PUBLISHER_ROLE and not binding.get("condition"):
            binding["members"] = [*(binding.get("members") or []), GMAIL_PUBLISHER]
            break
    else:
        bindings.append({"role": PUBLISHER_ROLE, "members": [GMAIL_PUBLISHER]})
    return {**policy, "bindings": bindings}


def _subscription(name: str, topic: str, push: Push | None) -> str:
    try:
        found = pubsub_api.subscription(name)
    except PubSubMissing:
        config = {"pushConfig": push.config()} if push else {}
        body = {"topic": topic, "ackDeadlineSeconds": ACK_SECONDS, "expirationPolicy": {}, **config}
        try:
            pubsub_api.create_subscription(name, body)
        except PubSubConflict:
            found = pubsub_api.subscription(name)
        else:
            return "created"
    if lost_its_topic(found):
        pubsub_api.delete_subscription(name)
        kept = {**_without(found, *GIVEN_BY_GOOGLE), **_changes(found, push)}
        pubsub_api.create_subscription(name, {**kept, "topic": topic, "expirationPolicy": {}})
        return "made again, since its topic had been deleted"
    if found.get("topic", topic) != topic:
        raise Impossible(
            f"{name} belongs to the topic {found['topic']}, and Google cannot change that: "
            "name another subscription in PUBSUB_SUBSCRIPTION, or that topic in GMAIL_PUBSUB_TOPIC."
        )
    changes = _changes(found, push)
    if not changes:
        return ALREADY_SO
    pubsub_api.patch_subscription(name, changes)
    return f"changed ({', '.join(changes)})"


def lost_its_topic(found: Resource) -> bool:
    """Tell whether a subscription can never deliver again: its topic was deleted, or it was detached."""
    return found.get("topic") == DELETED_TOPIC or bool(found.get("detached"))


def _changes(found: Resource, push: Push | None) -> Resource:
    """Return the fields that differ; a push's `attributes` stay as they are."""
    changes: Resource = {}
    present = found.get("pushConfig") or {}
    wanted = (
        {**_without(present, "pushEndpoint", "oidcToken", "noWrapper", "pubsubWrapper"), **push.config()}
        if push
        else {}
    )
    if not _same_push(present, wanted):
        changes["pushConfig"] = wanted
    if (found.get("expirationPolicy") or {}).get("ttl"):
        changes["expirationPolicy"] = {}
    if found.get("ackDeadlineSeconds", ACK_SECONDS) > LONGEST_ACK_SECONDS:
        changes["ackDeadlineSeconds"] = ACK_SECONDS
    return changes


def _same_push(present: Resource, wanted: Resource) -> bool:
    """Compare two pushes. The audience defaults to the endpoint's address; without an endpoint nothing else counts."""
    endpoint, token = present.get("pushEndpoint", ""), present.get("oidcToken") or {}
    if not wanted:
        return not endpoint
    signed = {"audience": endpoint, **token} == {"audience": endpoint, **wanted["oidcToken"]}
    return endpoint == wanted["pushEndpoint"] and signed and not present.get("noWrapper")


def _without(resource: Resource, *names: str) -> Resource:
    return {name: value for name, value in resource.items() if name not in names}
