"""Connections to the Redis of REDIS_URL, all with the same options.

They speak RESP2 and tell Redis nothing about the client: so they need no command but AUTH, PING, PUBLISH, SUBSCRIBE and
UNSUBSCRIBE (SELECT too where a database is named), and none that an older or a managed Redis does not know.
"""

from typing import Any

import redis.asyncio.connection as asynchronous
from django.conf import settings
from redis import ConnectionPool, Redis, connection

from realtime.transport.redis_address import Address, read

SECONDS = 5.0  # within which Redis answers, or it hangs: longer than it or the way to it is ever slow

# redis-py's own defaults are written out, so that an upgrade cannot change them.
COMMON: dict[str, Any] = {
    "socket_timeout": SECONDS,
    "socket_connect_timeout": SECONDS,
    "health_check_interval": 0,
    "protocol": 2,
    "driver_info": None,
}


class _Greets(connection.SSLConnection):
    """Asks once before it is used: redis-py takes the session tickets of TLS 1.3 for an answer that nobody awaited."""

    def on_connect_check_health(self, check_health: bool = True) -> None:
        super().on_connect_check_health(check_health)
        self.send_command("PING", check_health=False)  # type: ignore[no-untyped-call]
        self.read_response()


SYNCHRONOUS = {"tcp": connection.Connection, "tls": _Greets, "unix": connection.UnixDomainSocketConnection}
ASYNCHRONOUS = {
    "tcp": asynchronous.Connection,
    "tls": asynchronous.SSLConnection,
    "unix": asynchronous.UnixDomainSocketConnection,
}


def configured() -> Address:
    """Read the settings' address. Raises AddressUnusable."""
    return read(settings.REDIS_URL, settings.REDIS_TLS_VERIFY)


def options(address: Address) -> dict[str, Any]:
    """Return the arguments of an asynchronous pool, which the channel layer takes as one of its hosts."""
    return {"connection_class": ASYNCHRONOUS[address.kind], **_of(address), **address.options}


def client(address: Address, seconds: float = SECONDS) -> Redis:
    """Make a client that waits for nothing longer than so many seconds, and repeats nothing."""
    limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    named = {**_of(address), **address.options, **limits}
    return Redis(connection_pool=ConnectionPool(connection_class=SYNCHRONOUS[address.kind], **named))


def _of(address: Address) -> dict[str, Any]:
    return COMMON if address.kind == "unix" else {**COMMON, "socket_keepalive": True}
