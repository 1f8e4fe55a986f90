"""Redis: subscribe, publish and hear it, as the stream does; a Redis that only answers PING is of no use.

Specification: https://redis.io/docs/latest/develop/pubsub/
"""

import secrets
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage
from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from gmail_sync.doctor.report import Finding, fault, ok

CHECK = "redis"
TIMEOUT_SECONDS = 3
HAVE_PUBSUB = "set REDIS_URL to a Redis or Valkey that has Pub/Sub, over its own protocol (redis:// or rediss://)."


def look(misconfigured: list[CheckMessage]) -> Iterator[Finding]:
    """Whether what is published is heard; `misconfigured` is what the system checks say about REDIS_URL."""
    for message in misconfigured:
        yield fault(CHECK, message.msg, message.hint or HAVE_PUBSUB)
    if misconfigured:
        return
    try:
        heard = _publish_and_hear()
    except (exceptions.RedisError, OSError, ValueError) as error:
        yield fault(CHECK, *_explain(error))
        return
    if heard:
        yield ok(CHECK, "what is published is heard.")
    else:
        said = f"it answers PING, but what is published is not heard within {TIMEOUT_SECONDS} s (a REST-only Redis?)."
        yield fault(CHECK, said, HAVE_PUBSUB)


def _publish_and_hear() -> bool:
    client: Any = Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
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
    """What the names of all our channels begin with."""
    layer: Any = settings.CHANNEL_LAYERS["default"]
    return str(layer["CONFIG"]["prefix"])


def _not_permitted(user: str, text: str) -> tuple[str, str]:
    """A user lacks commands or channels; Redis refuses a channel to who has all of them."""
    commands = "+subscribe +unsubscribe +publish +ping"
    both = f"ACL SETUSER {user} '&{_prefix()}*' {commands}"
    mend = both if "channel" in text else f"`ACL SETUSER {user} {commands}`; where its channels are limited, `{both}`"
    return f"the user {user} may not use Pub/Sub (NOPERM).", f"as an administrator of Redis: {mend}"


def _silent(host: str, port: int, where: str, tls: bool) -> tuple[str, str]:
    """No answer in time: a line that leads nowhere, or a Redis that takes connections and hangs."""
    hint = "; begin REDIS_URL with redis:// if it does not speak TLS" if tls else ""
    try:
        socket.create_connection((host, port), timeout=TIMEOUT_SECONDS).close()
    except OSError:
        return f"no answer from {where} within {TIMEOUT_SECONDS} s.", f"nc -vz {host} {port}{hint}"
    said = f"{where} takes connections and does not answer within {TIMEOUT_SECONDS} s: it hangs."
    probe = f"redis-cli -h {host} -p {port}{' --tls' if tls else ''} PING"
    return said, f"restart it, nothing is lost by that; `{probe}` gets no answer as long as it hangs{hint}."


def _explain(error: Exception) -> tuple[str, str]:
    """What is wrong, and its mend."""
    url = urlsplit(settings.REDIS_URL)
    text = str(error)
    if isinstance(error, exceptions.NoPermissionError):
        return _not_permitted(url.username or "default", text)
    if isinstance(error, exceptions.AuthenticationError) or "NOAUTH" in text or "Authentication required" in text:
        mend = "put the right user and password into REDIS_URL: redis://USER:PASSWORD@HOST:PORT/0"
        return "it refuses the user or password of REDIS_URL.", mend
    if isinstance(error, exceptions.InvalidResponse):
        return "something answers there that does not speak Redis's protocol, such as a REST-only Redis.", HAVE_PUBSUB
    if isinstance(error, exceptions.ResponseError):
        return f"it refuses Pub/Sub ({text}), as a REST-only Redis (Upstash) does.", HAVE_PUBSUB
    where = f"{url.hostname or url.path}:{url.port or 6379}"
    if "SSL" in text or "certificate" in text:
        other = "redis://" if "WRONG_VERSION_NUMBER" in text or "wrong version number" in text else "rediss://"
        mend = f"begin REDIS_URL with {other} if that is what it speaks; else give its authority as ?ssl_ca_certs=FILE."
        return f"no TLS connection to {where} ({text}).", mend
    if isinstance(error, exceptions.TimeoutError):
        return _silent(url.hostname or "", url.port or 6379, where, tls=url.scheme == "rediss")
    if "Connection refused" in text or "connecting to" in text:
        mend = f"start it, or mend REDIS_URL: nc -vz {url.hostname} {url.port or 6379} says whether it is there."
        return f"no connection to {where}.", mend
    return f"{where} closes the connection.", "begin REDIS_URL with rediss:// if it wants TLS."
