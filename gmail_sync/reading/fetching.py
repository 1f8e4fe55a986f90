"""Get a mail from the memory or from Gmail, and the octets of its parts.

One reader asks for a mail, the others of the same conversation wait for what comes: they would pay for it again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from gmail_sync.exceptions import GmailError, GmailMisconfigured, GmailUnavailable, NotFound
from gmail_sync.gmail.bodies import Bodies, payload_of
from gmail_sync.models import GmailAccount, Message
from gmail_sync.quota import READERS_LIMIT_UNITS
from gmail_sync.reading import parts
from gmail_sync.reading.access import opened
from gmail_sync.reading.leaf import Part
from gmail_sync.reading.memory import memory
from gmail_sync.reading.parts import Mail

LARGEST_TEXT_BYTES = 2_000_000  # a longer text is not even fetched
MOST_TEXTS = 4  # of one mail that come by an id of their own
LARGEST_KEPT_IMAGE = 1 << 20
WAIT_SECONDS = 8.0  # for another reader; whoever waited for all of a call that hangs would only then begin their own
_locks = [threading.Lock() for _ in range(64)]  # by conversation


def mail_of(message: Message, whole_thread: bool = False, limit: float = READERS_LIMIT_UNITS) -> Mail:
    """Return the mail (20 units if it is not in the memory). `whole_thread` reads its conversation (40 units).

    Raises what `opened` raises; NotFound if Gmail has it no more; TimeoutError if another reader's call hangs.
    """
    key = (message.account_id, message.gmail_id)
    with _alone_with(message.account_id, message.thread_id):
        if mail := memory.get(key):
            return mail
        with opened(Bodies, message.account, limit) as bodies:
            if whole_thread and (mail := _read_thread(bodies, message)):
                return mail
            mail = _loaded(bodies, message.gmail_id, parts.read(bodies.payload(message.gmail_id)))
        memory.put(key, mail)
        return mail


@contextmanager
def _alone_with(account_id: int, thread_id: str) -> Iterator[None]:
    lock = _locks[hash((account_id, thread_id)) % len(_locks)]
    if not lock.acquire(timeout=WAIT_SECONDS):
        raise TimeoutError
    try:
        yield
    finally:
        lock.release()


def part_of(message: Message, part_id: str) -> Part | None:
    """Return a part of the message, with its octets if they are in the memory. Raises what `opened` raises."""
    return mail_of(message).parts.get(part_id)


def octets_of(message: Message, part_id: str) -> bytes | None:
    """Return a part's octets; None if there is no such part, or nobody can read it. 20 units, 40 at most.

    Raises what `opened` raises.
    """
    part = part_of(message, part_id)
    if part is None or part.octets is not None:
        return part.octets if part else None
    with opened(Bodies, message.account) as bodies:
        octets = _octets(bodies, message.gmail_id, part)
    key = (message.account_id, message.gmail_id)
    if octets and part.image_type and len(octets) <= LARGEST_KEPT_IMAGE and (known := memory.get(key)):
        memory.put(key, replace(known, parts={**known.parts, part_id: replace(part, octets=octets)}))
    return octets


def _octets(bodies: Bodies, gmail_id: str, part: Part) -> bytes | None:
    """Ask by the id that is known, or by that of a new answer: the message may have another tree there."""
    if part.attachment_id and (octets := _attached(bodies, gmail_id, part)) is not None:
        return octets
    fresh = parts.read(bodies.payload(gmail_id)).parts.get(part.part_id)
    if fresh is None or not fresh.attachment_id:
        return fresh.octets if fresh else None
    octets = _attached(bodies, gmail_id, fresh)
    if octets is None:
        raise GmailUnavailable("messages.attachments.get: not the part that messages.get has just named")
    return octets


def _attached(bodies: Bodies, gmail_id: str, part: Part) -> bytes | None:
    """Return the part's octets; None if Gmail has none by this id, which may have died: the message may be well."""
    with suppress(GmailMisconfigured, NotFound):
        octets = bodies.attachment(gmail_id, part.attachment_id)
        return octets if octets or not part.size else None
    return None


def source_of(account: GmailAccount, gmail_id: str) -> bytes:
    """Return the message as it travelled (20 units). Raises what `opened` raises."""
    with opened(Bodies, account) as bodies:
        return bodies.source(gmail_id)


def whole(account: GmailAccount, thread_id: str) -> list[dict[str, Any]]:
    """Return all messages of the conversation as Gmail has them now (40 units), and keep their mails.

    Raises what `opened` raises; NotFound; TimeoutError.
    """
    with _alone_with(account.pk, thread_id), opened(Bodies, account) as bodies:
        return list(_kept(bodies, account.pk, thread_id).values())


def _read_thread(bodies: Bodies, message: Message) -> Mail | None:
    """Keep all mails of the conversation, and return the one; None if that fails for a reason of the others."""
    try:
        resource = _kept(bodies, message.account_id, message.thread_id)[message.gmail_id]
    except (NotFound, KeyError):
        return None
    with suppress(GmailError):
        mail = _loaded(bodies, message.gmail_id, parts.read(payload_of(resource)))
        memory.put((message.account_id, message.gmail_id), mail)
        return mail
    return None


def _kept(bodies: Bodies, account_id: int, thread_id: str) -> dict[str, dict[str, Any]]:
    """Ask for the conversation, and keep its mails but for those with a text that Gmail hands over apart."""
    resources = bodies.thread(thread_id)
    for gmail_id, resource in resources.items():
        with suppress(GmailUnavailable):
            mail = parts.read(payload_of(resource))
            if not any(map(_is_apart, mail.shown)):
                memory.put((account_id, gmail_id), mail.without_octets())
    return resources


def _loaded(bodies: Bodies, gmail_id: str, mail: Mail) -> Mail:
    """Return the mail with the texts that Gmail hands over apart, as far as they are not too long."""
    apart = [part for part in mail.shown if _is_apart(part) and part.size <= LARGEST_TEXT_BYTES][:MOST_TEXTS]
    for part in apart:
        whole = replace(part, octets=_attached(bodies, gmail_id, part))  # without, it is shown as too long (RULES R19)
        sections = tuple(section.having(whole) for section in mail.sections)
        mail = Mail(sections, {**mail.parts, part.part_id: whole})
    return mail.without_octets()


def _is_apart(part: Part) -> bool:
    return part.octets is None and bool(part.attachment_id)
