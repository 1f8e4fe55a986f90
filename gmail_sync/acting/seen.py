"""The messages that an act is about: those that its user has seen, and no others (RULES R22).

Of a conversation that is what their page had shown it up to, less what they were told only after the position in the
log at which the page stood; a message that Gmail has moved since counts where they saw it. A date says nothing of it:
mail that is imported, delayed or found late has an old one. A page of the release before names no position, and one may
stand where the log no longer goes on: then dates decide.
"""

import json
from collections.abc import Iterator, Mapping

from gmail_sync.acting.asked import Thread, Wanted
from gmail_sync.events import MessageAdded, MessageChanged
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync import mirror
from realtime.log import reading
from realtime.pieces import pieces


def seen_messages(user_id: int, account: GmailAccount, wanted: Wanted) -> list[str]:
    """Return the mirrored ones of the messages, and of the conversations what was shown, each once.

    Call it under the account's lock: nobody is told of another message meanwhile.
    """
    known = mirror.known(account, wanted.messages)
    named = [gmail_id for gmail_id in wanted.messages if gmail_id in known]
    if not wanted.threads:
        return named
    unseen, formerly = _told_later(user_id, account, wanted.seen)
    shown = [gmail_id for gmail_id in _of_threads(account, wanted.threads, formerly) if gmail_id not in unseen]
    return list(dict.fromkeys([*named, *shown]))


def _told_later(user_id: int, account: GmailAccount, position: str) -> tuple[set[str], dict[str, str]]:
    """Return the messages that came after the position, and where those were that Gmail has moved since."""
    came: set[str] = set()
    formerly: dict[str, str] = {}
    for type_, text in reading.told_since(user_id, position):
        payload = json.loads(text)
        if type_ not in (MessageAdded.type, MessageChanged.type) or payload["account_id"] != account.pk:
            continue
        gmail_id = payload["message"]["id"]
        if type_ == MessageAdded.type:
            came.add(gmail_id)
        elif former := payload.get("former_thread_id"):
            formerly.setdefault(gmail_id, former)
    return came, formerly


def _of_threads(account: GmailAccount, threads: list[Thread], formerly: Mapping[str, str]) -> Iterator[str]:
    rows = mirror.rows(account, {*formerly, *(thread.up_to for thread in threads)})
    newest = {thread.id: rows[thread.up_to] for thread in threads if thread.up_to in rows}
    was_in = {row.gmail_id: formerly.get(row.gmail_id, row.thread_id) for row in rows.values()}
    limits = {id_: _order(row) for id_, row in newest.items() if was_in[row.gmail_id] == id_}
    for piece in pieces(limits):
        found = account.messages.filter(thread_id__in=piece).order_by("-internal_date", "-pk")
        for gmail_id, thread_id, date, pk in found.values_list("gmail_id", "thread_id", "internal_date", "pk"):
            if gmail_id not in formerly and (date, pk) <= limits[thread_id]:
                yield gmail_id
    for gmail_id, thread_id in formerly.items():
        if gmail_id in rows and thread_id in limits and _order(rows[gmail_id]) <= limits[thread_id]:
            yield gmail_id


def _order(row: Message) -> tuple[int, int]:
    return row.internal_date, row.pk
