"""Read what a page asks for, from the JSON of its request. Pure."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from gmail_sync.acting.difference import Difference
from gmail_sync.acting.refusals import LABEL, TOO_MANY, UNREADABLE, ActRefused
from gmail_sync.gmail.values import usable_id

MOST_MESSAGES = 1_000  # in one act: as many as Gmail takes in one call
_LONGEST_LABEL = 200


@dataclass(frozen=True)
class Thread:
    """A conversation, as far as the page had shown it."""

    id: str
    up_to: str  # its newest message on the page


@dataclass(frozen=True)
class Wanted:
    """An act as a page asks for it."""

    op: uuid.UUID
    account_id: int
    difference: Difference
    messages: list[str]
    threads: list[Thread]
    seen: str = ""  # the last event that the page had taken: what came later, its user had not before them


def parse_act(body: bytes) -> Wanted:
    """Return the act that the body describes. Raises ActRefused."""
    document = _document(body)
    op, account_id = _op(document.get("op")), document.get("account_id")
    if type(account_id) is not int or not 0 < account_id < 2**63:
        raise ActRefused(UNREADABLE)
    messages, threads = _list(document, "messages"), _list(document, "threads")
    if len(messages) > MOST_MESSAGES or len(threads) > MOST_MESSAGES:
        raise ActRefused(TOO_MANY)
    if not all(map(usable_id, messages)):
        raise ActRefused(UNREADABLE)
    difference = Difference.of(_labels(document, "add"), _labels(document, "remove"))
    if not difference.is_possible:
        raise ActRefused(LABEL)
    seen = document.get("seen", "")
    if not isinstance(seen, str):
        raise ActRefused(UNREADABLE)
    named, shown = list(dict.fromkeys(messages)), [_thread(thread) for thread in threads]
    return Wanted(op, account_id, difference, named, shown, seen)


def parse_undo(body: bytes) -> uuid.UUID:
    """Return the op of an undo. Raises ActRefused."""
    return _op(_document(body).get("op"))


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ActRefused(UNREADABLE) from error
    if not isinstance(document, dict):
        raise ActRefused(UNREADABLE)
    return document


def _op(text: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError as error:
        raise ActRefused(UNREADABLE) from error


def _list(document: dict[str, Any], name: str) -> list[Any]:
    found = document.get(name, [])
    if not isinstance(found, list):
        raise ActRefused(UNREADABLE)
    return found


def _labels(document: dict[str, Any], name: str) -> list[str]:
    labels = _list(document, name)
    if not all(isinstance(label, str) and len(label) <= _LONGEST_LABEL for label in labels):
        raise ActRefused(LABEL)
    return labels


def _thread(thread: object) -> Thread:
    if not isinstance(thread, dict) or not usable_id(thread.get("id")) or not usable_id(thread.get("up_to")):
        raise ActRefused(UNREADABLE)
    return Thread(thread["id"], thread["up_to"])
