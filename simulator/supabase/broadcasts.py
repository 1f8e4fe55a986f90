"""Which broadcasts are let through (lib/realtime/tenants/single_broadcast.ex and batch_broadcast.ex).

The one is answered honestly. The batch is answered 202 as soon as it can be read, also for messages that the policies
then refuse.
"""

import json
from collections import defaultdict
from typing import Any

from simulator.supabase import policy
from simulator.supabase.project import Project
from simulator.supabase.tokens import Claims
from simulator.supabase.wire import Broadcast


class BroadcastRefused(Exception):
    """An answer that is not 202."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def allow_single(project: Project, claims: Claims, broadcast: Broadcast) -> list[Broadcast]:
    """Return the broadcast. Raises BroadcastRefused."""
    size = len(broadcast.payload if isinstance(broadcast.payload, bytes) else json.dumps(broadcast.payload))
    if size > project.settings.payload_kilobytes * 1000 + 500:
        raise BroadcastRefused(422, "Payload size exceeds tenant limit")
    if project.events.average() >= project.settings.events_per_second:
        raise BroadcastRefused(429, "You have exceeded your rate limit")
    if broadcast.private and claims["role"] not in policy.ROLES:
        raise BroadcastRefused(422, "RLS policy error")
    if broadcast.private and not policy.may_speak(project.settings.policy, claims, broadcast.topic):
        raise BroadcastRefused(403, "Unauthorized")
    return [broadcast]


def allow_batch(project: Project, claims: Claims, messages: list[Broadcast]) -> list[Broadcast]:
    """Return those that are delivered, the public ones first. Raises BroadcastRefused."""
    if not messages:
        raise BroadcastRefused(422, "messages can't be blank")
    average, limit = project.events.average(), project.settings.events_per_second
    if average > limit:
        raise BroadcastRefused(429, "You have exceeded your rate limit")
    if average + len(messages) > limit:
        raise BroadcastRefused(429, "Too many messages to broadcast, please reduce the batch size")
    by_topic: defaultdict[str, list[Broadcast]] = defaultdict(list)
    for message in messages:
        by_topic[message.topic if message.private else ""].append(message)
    allowed = by_topic.pop("", [])
    for topic, private in by_topic.items():
        if policy.may_speak(project.settings.policy, claims, topic):
            allowed += private
    return allowed


def read_batch(document: Any) -> list[Broadcast]:
    """Return a batch's messages; none where one of them cannot be read, which refuses them all."""
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        return []
    return [
        Broadcast(message["topic"], message["event"], message["payload"], message.get("private") is True)
        for message in messages
    ]


def _is_message(message: Any) -> bool:
    wanted = {"topic": str, "event": str, "payload": dict}
    return isinstance(message, dict) and all(isinstance(message.get(name), kind) for name, kind in wanted.items())
