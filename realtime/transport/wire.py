"""The channel layer's own wire: its names, its bytes and its way to Redis, for a sender and a receiver of our own.

Whoever uses Channels hears us, and is heard. Some names here are not public: tests/realtime/transport/test_wire.py
holds them to the channels_redis that is installed.
"""

from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer
from channels_redis.utils import decode_hosts
from django.conf import settings

Message = dict[str, Any]


def host() -> dict[str, Any]:
    """Return how to reach the layer's one Redis, as `channels_redis.utils.create_pool` takes it."""
    configured: Any = settings.CHANNEL_LAYERS["default"]
    (only,) = decode_hosts(configured["CONFIG"]["hosts"])
    return dict(only)


def naming() -> Callable[[str], str]:
    """Return what maps a group to its channel in Redis. Call it within an event loop, once for many names."""
    name: Callable[[str], str] = get_channel_layer()._get_group_channel_name
    return name


def writing() -> Callable[[Message], bytes]:
    """Return what makes bytes of a message, encrypted if keys are configured."""
    serialize: Callable[[Message], bytes] = get_channel_layer().serialize
    return serialize


def reading() -> Callable[[bytes], Message]:
    """Return what makes a message of bytes."""
    deserialize: Callable[[bytes], Message] = get_channel_layer().deserialize
    return deserialize
