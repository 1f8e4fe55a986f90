"""The messages that an act is about: those that its user has seen, and no others (RULES R14 says what is mirrored).

A reply that arrives while they press the key is newer than what their page had shown, and stays as it is.
"""

from collections.abc import Iterable

from gmail_sync.acting.asked import Thread, Wanted
from gmail_sync.models import GmailAccount
from gmail_sync.sync import mirror
from realtime.pieces import pieces


def seen_messages(account: GmailAccount, wanted: Wanted) -> list[str]:
    """Return the mirrored ones of the messages, and of the conversations up to what was shown, each once."""
    known = mirror.known(account, wanted.messages)
    named = [gmail_id for gmail_id in wanted.messages if gmail_id in known]
    return list(dict.fromkeys([*named, *_of_threads(account, wanted.threads)]))


def _of_threads(account: GmailAccount, threads: list[Thread]) -> Iterable[str]:
    rows = mirror.rows(account, {thread.up_to for thread in threads}) if threads else {}
    newest = {thread.id: rows[thread.up_to] for thread in threads if thread.up_to in rows}
    limits = {id_: (row.internal_date, row.pk) for id_, row in newest.items() if row.thread_id == id_}
    for piece in pieces(limits):
        found = account.messages.filter(thread_id__in=piece).order_by("-internal_date", "-pk")
        for gmail_id, thread_id, date, pk in found.values_list("gmail_id", "thread_id", "internal_date", "pk"):
            if (date, pk) <= limits[thread_id]:
                yield gmail_id
