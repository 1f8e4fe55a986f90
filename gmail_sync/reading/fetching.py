"""Get a mail from the memory or from Gmail, and the octets of its parts.

One reader asks for a mail, the others of the same conversation wait for what comes: they would pay for it again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from gmail_sync.exceptions import GmailError, GmailMisconfigured, NotFound
from gmail_sync.gmail.bodies import Bodies
from gmail_sync.models import GmailAccount, Message
from gmail_sync.quota import READERS_LIMIT_UNITS
from gmail_sync.reading import parts
from gmail_sync.reading.access import bodies_of
from gmail_sync.reading.memory import memory
from gmail_sync.reading.parts import Mail, Part

LARGEST_TEXT_BYTES = 2_000_000  # a longer text is not even fetched
MOST_TEXTS = 4  # of one mail that come by an id of their own
LARGEST_KEPT_IMAGE = 1 << 20
WAIT_SECONDS = 8.0  # for another reader; whoever waited for all of a call that hangs would only then begin their own
_locks = [threading.Lock() for _ in range(64)]  # by conversation


def mail_of(message: Message, whole_thread: bool = False, limit: float = READERS_LIMIT_UNITS) -> Mail:
    """Return the mail (20 units if it is not in the memory). `whole_thread` reads its conversation (40 units).

    Raises what `bodies_of` raises; NotFound if Gmail has it no more; TimeoutError if another reader's call hangs.
    """
    key = (message.account_id, message.gmail_id)
    with _alone_with(message.account_id, message.thread_id):
        if mail := memory.get(key):
            return mail
        with bodies_of(message.account, limit) as bodies:
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


def octets_of(message: Message, part_id: str) -> tuple[Part, bytes] | None:
    """Return a part of the message and its octets; None if it has no such part. 20 units, 40 at most.

    Raises what `bodies_of` raises.
    """
    key = (message.account_id, message.gmail_id)
    mail = mail_of(message)
    part = mail.parts.get(part_id)
    if part is None or part.octets is not None:
        return (part, part.octets) if part and part.octets is not None else None
    with bodies_of(message.account) as bodies:
        try:
            octets = bodies.attachment(message.gmail_id, part.attachment_id) if part.attachment_id else None
        except (GmailMisconfigured, NotFound):
            octets = None  # the id is of an earlier answer, and has died
        if octets is None:
            mail = parts.read(bodies.payload(message.gmail_id))
            part = mail.parts[part_id]
            octets = part.octets if part.octets is not None else bodies.attachment(key[1], part.attachment_id)
    if part.is_inline_image and len(octets) <= LARGEST_KEPT_IMAGE and (known := memory.get(key)):
        memory.put(key, replace(known, parts={**known.parts, part_id: replace(part, octets=octets)}))
    return part, octets


def source_of(account: GmailAccount, gmail_id: str) -> bytes:
    """Return the message as it travelled (20 units). Raises what `bodies_of` raises."""
    with bodies_of(account) as bodies:
        return bodies.source(gmail_id)


def _read_thread(bodies: Bodies, message: Message) -> Mail | None:
    """Keep all mails of the conversation, and return the one; None if that fails for a reason of the others."""
    try:
        payloads = bodies.payloads(message.thread_id)
    except NotFound:
        return None
    found: Mail | None = None
    for gmail_id, payload in payloads.items():
        try:
            mail = parts.read(payload)
            if gmail_id == message.gmail_id:
                mail = found = _loaded(bodies, gmail_id, mail)
        except GmailError:
            continue
        if mail is found or not any(map(_is_apart, mail.shown)):
            memory.put((message.account_id, gmail_id), mail.without_octets())
    return found


def _loaded(bodies: Bodies, gmail_id: str, mail: Mail) -> Mail:
    """Return the mail with the texts that Gmail hands over apart, as far as they are not too long."""
    apart = [part for part in mail.shown if _is_apart(part) and part.size <= LARGEST_TEXT_BYTES][:MOST_TEXTS]
    for part in apart:
        whole = replace(part, octets=bodies.attachment(gmail_id, part.attachment_id))
        sections = tuple(section.having(whole) for section in mail.sections)
        mail = Mail(sections, {**mail.parts, part.part_id: whole})
    return mail.without_octets()


def _is_apart(part: Part) -> bool:
    return part.octets is None
