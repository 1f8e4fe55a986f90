"""The checks of the subscription: of our topic, pushing to us, signed as the webhook wants it, without an expiry.

Specification: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from gmail_sync.doctor.report import Finding, fault
from gmail_sync.pubsub.gcloud import (
    create_subscription,
    delete_subscription,
    modify_push,
    project_of,
    push_flags,
    update_subscription,
)
from gmail_sync.pubsub.setup import ACK_SECONDS, LONGEST_ACK_SECONDS, lost_its_topic
from gmail_sync.start_up import manage

CHECK = "subscription"
ENDPOINT = "https://HOST/gmail/push/"


def faults(found: dict[str, Any], judge_topic: bool) -> Iterator[Finding]:
    """Yield a fault for each difference; a field that Google leaves out has its default."""
    name = settings.PUBSUB_SUBSCRIPTION
    topic = found.get("topic", settings.GMAIL_PUBSUB_TOPIC)
    if lost_its_topic(found):
        once = f"`{manage('setup_pubsub', '--apply')}` makes it again, and renews the watches"
        by_hand = f"`{delete_subscription(name)}`, then `{create_command()}`"
        said = f"{name} delivers nothing any more: its topic was deleted, and Google attaches it to no other."
        yield fault(CHECK, said, f"{once}; or {by_hand}.")
        return
    if judge_topic and topic != settings.GMAIL_PUBSUB_TOPIC:
        said = f"{name} belongs to the topic {topic}, not to {settings.GMAIL_PUBSUB_TOPIC}."
        mend = f"set PUBSUB_SUBSCRIPTION={name}-2 and make it: `{create_command(name + '-2')}`"
        yield fault(CHECK, said, f"{mend} (or set GMAIL_PUBSUB_TOPIC={topic})")
    if found.get("state", "ACTIVE") not in ("ACTIVE", "STATE_UNSPECIFIED"):
        shown = f"https://console.cloud.google.com/cloudpubsub/subscription/list?project={project_of(name)}"
        yield fault(CHECK, f"{name} delivers nothing ({found['state']}).", f"{shown} says why.")
    if ttl := (found.get("expirationPolicy") or {}).get("ttl"):
        said = f"{name} is deleted by Google after {ttl} without use."
        yield fault(CHECK, said, update_subscription(name, "--expiration-period=never"))
    if found.get("ackDeadlineSeconds", ACK_SECONDS) > LONGEST_ACK_SECONDS:
        said = f"{name} waits {found['ackDeadlineSeconds']} s for an answer before it delivers again."
        yield fault(CHECK, said, update_subscription(name, f"--ack-deadline={ACK_SECONDS}"))
    yield from _push_faults(name, found.get("pushConfig") or {})


def _push_faults(name: str, push: dict[str, Any]) -> Iterator[Finding]:
    audience, account = settings.PUBSUB_PUSH_AUDIENCE, settings.PUBSUB_PUSH_SERVICE_ACCOUNT
    endpoint = str(push.get("pushEndpoint", "")).partition("?")[0]
    mend = modify_push(name, wanted_flags(endpoint))
    if not endpoint:
        if audience:
            yield fault(CHECK, f"{name} pushes nowhere, though PUBSUB_PUSH_AUDIENCE is set.", mend)
        return
    if settings.PUBSUB_PUSH_TOKEN and not (audience and account):
        return
    if push.get("noWrapper"):
        yield fault(
            CHECK, f"{name} pushes without the envelope.", update_subscription(name, "--clear-push-no-wrapper-config")
        )
    signed = push.get("oidcToken") or {}
    sent = signed.get("audience") or str(push["pushEndpoint"])
    if not signed.get("serviceAccountEmail"):
        if not settings.PUBSUB_PUSH_TOKEN:
            yield fault(CHECK, f"{name} does not sign its pushes: the webhook refuses them.", mend)
        return
    if not (audience and account):
        values = f"PUBSUB_PUSH_AUDIENCE={sent} PUBSUB_PUSH_SERVICE_ACCOUNT={signed['serviceAccountEmail']}"
        yield fault(CHECK, f"{name} pushes, but the webhook knows no sender and refuses everything.", f"set {values}")
        return
    if signed["serviceAccountEmail"] != account:
        said = f"{name} signs as {signed['serviceAccountEmail']}, PUBSUB_PUSH_SERVICE_ACCOUNT is {account}."
        yield fault(CHECK, said, mend)
    if sent != audience:
        yield fault(CHECK, f"{name} signs for the audience {sent}, PUBSUB_PUSH_AUDIENCE is {audience}.", mend)


def wanted_flags(endpoint: str = "") -> list[str]:
    """Return the flags of the push that we want; the audience is the endpoint's address unless it was set."""
    audience = settings.PUBSUB_PUSH_AUDIENCE
    endpoint = endpoint or (audience if urlsplit(audience).scheme in ("http", "https") else ENDPOINT)
    return push_flags(endpoint, settings.PUBSUB_PUSH_SERVICE_ACCOUNT or "SERVICE_ACCOUNT", audience or endpoint)


def create_command(name: str = "") -> str:
    """Return the command that makes it; without an audience it is for pull mode."""
    push = wanted_flags() if settings.PUBSUB_PUSH_AUDIENCE else []
    topic = settings.GMAIL_PUBSUB_TOPIC or "projects/P/topics/T"
    return create_subscription(name or settings.PUBSUB_SUBSCRIPTION, topic, push)
