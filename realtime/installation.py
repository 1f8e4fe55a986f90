"""This database's own name within a shared Redis: Redis Pub/Sub ignores the database number (RULES R7)."""

from functools import cache

from realtime.models import Installation


@cache
def name() -> str:
    """The random name that was made with the database. One query per process."""
    return Installation.objects.get_or_create(id=1)[0].name


def user_group(user_id: int) -> str:
    """The channel-layer group of every process that holds a stream of this user."""
    return f"{name()}.user.{user_id}"


def group(purpose: str) -> str:
    """A channel-layer group of this installation."""
    return f"{name()}.{purpose}"
