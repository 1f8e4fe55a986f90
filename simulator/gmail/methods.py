"""Every Gmail method that is played: its route, what it costs and which scopes allow it."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.gmail import attachments, history, labels, messages, threads, watch, writes
from simulator.gmail.request import Request
from simulator.oauth.scopes import CONTENT, DELETING, INSERTING, LABELS, READING, SENDING, WRITING
from simulator.state import Document

PREFIX = "/gmail/v1/users/"


@dataclass(frozen=True)
class Method:
    """A method by Google's name; units as of the quota page of 2026-05-01."""

    name: str
    units: int
    scopes: frozenset[str]
    run: Callable[[Request], Document | None]


# The verb and the path below users/{userId}/, with * for the id.
METHODS: dict[tuple[str, str], Method] = {
    ("GET", "profile"): Method("getProfile", 1, READING, labels.get_profile),
    ("POST", "watch"): Method("watch", 100, READING, watch.watch),
    ("POST", "stop"): Method("stop", 50, READING, watch.stop),
    ("GET", "history"): Method("history.list", 2, READING, history.list_history),
    ("GET", "labels"): Method("labels.list", 1, READING | {LABELS}, labels.list_labels),
    ("POST", "labels"): Method("labels.create", 5, WRITING | {LABELS}, labels.create_label),
    ("GET", "labels/*"): Method("labels.get", 1, READING | {LABELS}, labels.get_label),
    ("GET", "messages"): Method("messages.list", 5, READING, messages.list_messages),
    ("GET", "messages/*"): Method("messages.get", 20, READING, messages.get_message),
    ("GET", "messages/*/attachments/*"): Method("messages.attachments.get", 20, CONTENT, attachments.get_attachment),
    ("GET", "threads/*"): Method("threads.get", 40, READING, threads.get_thread),
    ("POST", "messages"): Method("messages.insert", 25, INSERTING, writes.insert),
    ("POST", "messages/import"): Method("messages.import", 25, INSERTING, writes.import_message),
    ("POST", "messages/send"): Method("messages.send", 100, SENDING, writes.send),
    ("POST", "messages/batchModify"): Method("messages.batchModify", 50, WRITING, writes.batch_modify),
    ("POST", "messages/batchDelete"): Method("messages.batchDelete", 50, DELETING, writes.batch_delete),
    ("POST", "messages/*/modify"): Method("messages.modify", 5, WRITING, writes.modify),
    ("POST", "messages/*/trash"): Method("messages.trash", 20, WRITING, writes.trash),
    ("POST", "messages/*/untrash"): Method("messages.untrash", 5, WRITING, writes.untrash),
    ("DELETE", "messages/*"): Method("messages.delete", 20, DELETING, writes.delete),
}


@dataclass(frozen=True)
class Route:
    """The method that a path leads to, the user that it names and the id in it; of two ids, `A/B`."""

    method: Method
    user: str
    item_id: str


def find_route(verb: str, path: str) -> Route | None:
    """Return the method behind a verb and a path (already unquoted), or None."""
    user, _, rest = path.removeprefix(PREFIX).partition("/")
    if method := METHODS.get((verb, rest)):
        return Route(method, user, "")
    parts = rest.split("/")
    if len(parts) < 2:
        return None
    if len(parts) == 4:
        method = METHODS.get((verb, f"{parts[0]}/*/{parts[2]}/*"))
        return Route(method, user, f"{parts[1]}/{parts[3]}") if method else None
    method = METHODS.get((verb, "/".join((parts[0], "*", *parts[2:]))))
    return Route(method, user, parts[1]) if method else None
