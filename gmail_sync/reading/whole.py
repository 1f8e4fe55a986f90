"""A conversation as Gmail has it: with the messages that the mirror lacks, since they were sent before the mailbox was
connected, or lie beyond MIRROR_LIMIT. Nothing of them is stored (docs/adr/0045).
"""

from collections.abc import Iterable
from contextlib import suppress

from gmail_sync.gmail.api import UNREADABLE
from gmail_sync.gmail.metadata import parse_headers
from gmail_sync.labels import NO_MAIL
from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading import fetching
from gmail_sync.reading.threads import in_time
from gmail_sync.sync import mirror


def lacking(account: GmailAccount, thread_id: str, mirrored: Iterable[Message]) -> list[Message]:
    """Return the conversation's messages that have no row, as rows that are not stored; their mail is in the memory.

    40 units of the readers'. Raises UNAVAILABLE.
    """
    known = {message.gmail_id for message in mirrored}
    found = []
    for resource in in_time(fetching.whole, account, thread_id):
        with suppress(*UNREADABLE):  # one message of no shape costs no other
            headers = parse_headers(resource)
            if headers.gmail_id not in known and NO_MAIL.isdisjoint(headers.label_ids):
                found.append(mirror.unsaved(account, headers))
    return found


def lacks_its_beginning(thread_id: str, mirrored: Iterable[Message]) -> bool:
    """Tell whether the first message has no row: Gmail names a conversation by it."""
    return all(message.gmail_id != thread_id for message in mirrored)
