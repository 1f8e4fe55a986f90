"""A page as a strict client keeps it: the list that it was given, and every event once and in order."""

import time
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Self

from tests.support.event_source import Frame
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import Labels, in_gmail, in_mirror
from tests.support.live_stream import Stream


class Page:
    """Reads the list, follows the stream from its cursor, and comes back after each cut with the last id it has.

    `address` is where its stream is read, whatever the web; None: there.
    """

    def __init__(self, user: SignedIn, web: int = 0, address: str | None = None) -> None:
        self.user, self.address = user, address
        answer = user.get("/messages/", web).json()
        self.start: str = answer["cursor"]
        self._listed: Labels = {message["id"]: sorted(message["label_ids"]) for message in answer["messages"]}
        self.streams: list[Stream] = []
        self._resume(web, self.start)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def stream(self) -> Stream:
        """Its present connection."""
        return self.streams[-1]

    @property
    def cursor(self) -> str:
        """The id of the last frame that came."""
        ids = (frame.id for stream in reversed(self.streams) for frame in reversed(stream.frames))
        return next(ids, self.start)

    def come_back(self, web: int = 0, lost: int = 0) -> None:
        """Cut the connection wherever it is, lose its last frames on the way, and resume at this web."""
        self.stream.close()
        while lost and self.stream.frames and self.stream.frames[-1].event != "ready":
            self.stream.frames.pop()
            lost -= 1
        self._resume(web, self.cursor)

    def _resume(self, web: int, cursor: str) -> None:
        address = self.address or self.user.urls[web]
        self.streams.append(Stream(self.user.http, f"{address}/events/", cursor))

    @property
    def frames(self) -> list[Frame]:
        """The numbered events of all its connections. Fails unless they are contiguous and nothing was reset."""
        frames = [frame for stream in self.streams for frame in stream.mail_events]
        epoch, _, seq = self.start.rpartition("-")
        assert [frame.id for frame in frames] == [f"{epoch}-{int(seq) + n}" for n in range(1, len(frames) + 1)]
        assert not [frame for stream in self.streams for frame in stream.frames if frame.event == "reset"]
        for stream in self.streams:
            if stream.error is not None:
                raise stream.error
        return frames

    @property
    def labels(self) -> Labels:
        """The list with the events applied, as it shows them."""
        labels = dict(self._listed)
        for frame in self.frames:
            message = frame.payload.get("message", {})
            if frame.event == "message.deleted":
                labels.pop(message["id"], None)
            elif frame.event in ("message.added", "message.changed"):
                labels[message["id"]] = sorted(message["label_ids"])
        return labels

    @property
    def status(self) -> list[str]:
        """The words about the service that its present connection was told."""
        return [frame.payload["live"] for frame in self.stream.frames if frame.event == "status"]

    def agrees(self, stack: Stack, email: str, without: Collection[str] = ()) -> bool:
        """Tell whether page, mirror and Gmail are one; `without` are mails that were not mirrored."""
        return not self.differences(stack, email, without)

    def differences(
        self, stack: Stack, email: str, without: Collection[str] = ()
    ) -> dict[str, tuple[list[str] | None, ...]]:
        """Find the mails on which they are not one: the labels in Gmail, mirror and page; None where it is missing."""
        truth = {gmail_id: labels for gmail_id, labels in in_gmail(stack, email).items() if gmail_id not in without}
        sides = (truth, in_mirror(stack, email), self.labels)
        found = {gmail_id: tuple(side.get(gmail_id) for side in sides) for side in sides for gmail_id in side}
        return {gmail_id: labels for gmail_id, labels in found.items() if labels.count(labels[0]) < len(sides)}

    def close(self) -> None:
        """Close the tab."""
        self.stream.close()


def written(frame: Frame) -> float:
    """When the event was written down, shortly before its commit (time.monotonic())."""
    return datetime.fromisoformat(frame.payload["at"]).timestamp() + time.monotonic() - time.time()


def delays(frames: Iterable[Frame]) -> list[float]:
    """From the writing of each event to its arrival, in seconds: a little more than from its commit."""
    return [frame.at - written(frame) for frame in frames]
