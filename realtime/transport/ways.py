"""The two halves of a transport, beside the machine that sends (sender.py): its queue, and its way."""

from collections.abc import Hashable
from typing import Protocol, TypeVar

M = TypeVar("M")


class Queue(Protocol[M]):
    """What waits, in the order that the way wants; bounded in number and bytes."""

    bytes: int

    def __len__(self) -> int: ...

    def put(self, message: M) -> bool:
        """Take the message; False if there is no room."""

    def take(self) -> list[M]:
        """Return what one send takes; nothing if nothing may go now."""

    def release(self, sent: list[M]) -> None:
        """Take note that the send of these is over, however it ended."""


class Way(Protocol[M]):
    """What a transport adds to the machine: its order, its sends, and what its failures ask for."""

    name: str
    lanes: int  # sends under way at once

    @property
    def queue(self) -> Queue[M]: ...

    async def send(self, messages: list[M]) -> float:
        """Send them. Returns for how many seconds no more may go where they went. Raises anything."""

    def skip(self, message: M) -> tuple[Hashable, M]:
        """Count a message that is not sent. Returns its key, and what to keep of it in place of the key's last one."""

    def failed(self, error: Exception) -> float:
        """Log a failure. Returns after how many seconds to try again."""

    async def resume(self, skipped: list[M]) -> list[M]:
        """Prove that the way is open. Returns what is still to be sent of what was skipped. Raises anything."""
