"""The probe of Redis: subscribe, publish and receive, as the stream does; one that only answers PING is of no use.

Specification: https://redis.io/docs/latest/develop/pubsub/
"""

import secrets
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from redis import exceptions

from gmail_sync.doctor.redis_errors import HAVE_PUBSUB, explain
from gmail_sync.doctor.report import Finding, fault, ok
from realtime.transport import pulse, redis_connection
from realtime.transport.redis_address import Address

CHECK = "redis"
TIMEOUT_SECONDS = 3


def probe(misconfigured: list[CheckMessage]) -> Iterator[Finding]:
    """Receive a message of our own; `misconfigured` holds the system checks' errors about REDIS_URL."""
    for message in misconfigured:
        yield fault(CHECK, message.msg, message.hint or HAVE_PUBSUB)
    if misconfigured:
        return
    address = redis_connection.configured()
    try:
        heard = _publish_and_hear(address)
    except (exceptions.RedisError, OSError, ValueError) as error:
        yield fault(CHECK, *explain(error, address, _prefix()))
        return
    if not heard:
        said = f"it answers PING, but what is published is not heard within {TIMEOUT_SECONDS} s (a REST-only Redis?)."
        yield fault(CHECK, said, HAVE_PUBSUB)
        return
    split = list(_split())
    yield from split
    if not split:
        unchecked = " Its certificate is not checked." if address.options.get("ssl_cert_reqs") == "none" else ""
        yield ok(CHECK, f"what is published is heard.{unchecked}")


def _split() -> Iterator[Finding]:
    """Yield a fault for processes that the webs do not hear, though both reach a Redis: not the same one."""
    for web, unheard in pulse.deaf():
        who = ", ".join(map(str, unheard))
        yield fault(CHECK, f"{web} does not hear what {who} publishes: they speak to different servers.", pulse.MEND)


def _publish_and_hear(address: Address) -> bool:
    with redis_connection.client(address, TIMEOUT_SECONDS) as client:
        client.ping()
        try:
            return _hear(client, f"{_prefix()}.doctor.{secrets.token_hex(8)}")
        except (exceptions.ConnectionError, exceptions.TimeoutError):
            return False  # it answers PING, and hangs up on this


def _hear(client: Any, channel: str) -> bool:
    with client.pubsub() as subscriber:
        subscriber.subscribe(channel)
        give_up_at = time.monotonic() + TIMEOUT_SECONDS
        while (left := give_up_at - time.monotonic()) > 0:
            message = subscriber.get_message(timeout=left)
            if message and message["type"] == "subscribe":
                client.publish(channel, "heard")
            elif message and message["type"] == "message":
                return True
    return False


def _prefix() -> str:
    """Return the prefix of all our channels' names."""
    layer: Any = settings.CHANNEL_LAYERS["default"]
    return str(layer["CONFIG"]["prefix"])
