"""Have Gmail change labels, and list them: the methods that acting needs.

Specification: https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/modify (and
batchModify, labels; what it leaves out: docs/gmail.md)
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any

from gmail_sync.exceptions import GmailError, GmailMisconfigured, GmailThrottled, GmailUnavailable, NotFound
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.http import Call, service
from gmail_sync.gmail.metadata import Headers
from gmail_sync.gmail.refusals import BAD_REQUEST
from gmail_sync.mail.header_text import storable

ONE_BY_ONE = 9  # messages: up to here each call costs 5 units and answers for itself, more are cheaper as one of 50
AT_ONCE = 1_000  # ids in one batchModify
LABELS_KEPT = 2_000
NAME_LENGTH = 225  # Gmail's own limit
NAMES_KEPT = 60_000  # characters of all names together: an event carries them, and each page that offers them


class Why(StrEnum):
    """The reason why a message was not changed."""

    GONE = "gone"
    LABEL = "label"
    GMAIL = "gmail"  # it said yes, and did not do it


def modify(gmail: Gmail, gmail_ids: list[str], add: Iterable[str], remove: Iterable[str]) -> dict[str, Why]:
    """Add and remove labels of at most 1,000 messages, all of which may be repeated. Returns those that were refused.

    More than nine are changed by one call that passes over unknown ids and says nothing. Of fewer, each answer has the
    labels: one that denies the change is looked into. Raises GmailError for what is not about single messages.
    """
    body = {"addLabelIds": sorted(add), "removeLabelIds": sorted(remove)}
    if len(gmail_ids) > ONE_BY_ONE:
        try:
            gmail.call("messages.batchModify", _all(gmail_ids, body))
        except GmailMisconfigured as refusal:
            if refusal.cause != BAD_REQUEST:
                raise
            return dict.fromkeys(gmail_ids, Why.LABEL)
        return {}
    calls = {gmail_id: Call("messages.modify", _one(gmail_id, body)) for gmail_id in gmail_ids}
    answers, refusals = gmail.batch(calls)
    refused = {gmail_id: why for gmail_id, refusal in refusals.items() if (why := _of_one(refusal))}
    if others := [refusal for gmail_id, refusal in refusals.items() if gmail_id not in refused]:
        raise min(others, key=_weight)
    doubtful = [gmail_id for gmail_id, answer in answers.items() if not _is_done(_labels_in(answer), add, remove)]
    return refused | _not_done(gmail, doubtful, add, remove)


def _not_done(gmail: Gmail, gmail_ids: list[str], add: Iterable[str], remove: Iterable[str]) -> dict[str, Why]:
    """Ask for messages whose answers deny the change (20 units each). Returns those on which Gmail did nothing."""
    if not gmail_ids:
        return {}
    fetched, _ = gmail.headers(gmail_ids)
    read = {gmail_id: headers for gmail_id, headers in fetched.items() if isinstance(headers, Headers)}
    return {gmail_id: Why.GMAIL for gmail_id, one in read.items() if not _is_done(one.label_ids, add, remove)}


def list_labels(gmail: Gmail) -> list[dict[str, str]]:
    """Return the labels of the mailbox (1 unit): id, name, type and, where it has one, color."""
    return read_labels(gmail.call("labels.list", service().labels.list(userId="me")))


def read_labels(answer: dict[str, Any]) -> list[dict[str, str]]:
    """Read the answer; many long names are cut to what is kept of all of them, and a label without any is left out.

    Raises GmailUnavailable.
    """
    listed = answer.get("labels", [])
    if not isinstance(listed, list):
        raise GmailUnavailable("labels.list: no list")
    labels = [_label(label) for label in listed[:LABELS_KEPT] if _is_label(label)]
    if sum(len(label["name"]) for label in labels) > NAMES_KEPT:
        labels = [label | {"name": label["name"][: NAMES_KEPT // len(labels)]} for label in labels]
    return labels


def _labels_in(answer: object) -> Collection[str] | None:
    """Return the labels that a message has by an answer; None if it does not say."""
    labels = answer.get("labelIds") if isinstance(answer, dict) else None
    return labels if isinstance(labels, list) and all(isinstance(label, str) for label in labels) else None


def _is_done(labels: Collection[str] | None, add: Iterable[str], remove: Iterable[str]) -> bool:
    return labels is None or (set(add) <= set(labels) and set(remove).isdisjoint(labels))


def _of_one(refusal: GmailError) -> Why | None:
    if isinstance(refusal, NotFound):
        return Why.GONE
    return Why.LABEL if isinstance(refusal, GmailMisconfigured) and refusal.cause == BAD_REQUEST else None


def _weight(refusal: GmailError) -> int:
    """Order refusals: what concerns the whole mailbox first, and a throttle before a failure."""
    return 2 if type(refusal) is GmailUnavailable else 1 if isinstance(refusal, GmailThrottled) else 0


def _one(gmail_id: str, body: dict[str, Any]) -> Any:
    return service().messages.modify(userId="me", id=gmail_id, body=body)


def _all(gmail_ids: list[str], body: dict[str, Any]) -> Any:
    return service().messages.batchModify(userId="me", body={"ids": gmail_ids, **body})


def _is_label(label: object) -> bool:
    return isinstance(label, dict) and isinstance(label.get("id"), str) and isinstance(label.get("name"), str)


def _label(label: dict[str, Any]) -> dict[str, str]:
    shown = label.get("color")
    color = shown.get("backgroundColor") if isinstance(shown, dict) else None
    known = {"id": label["id"], "name": label["name"][:NAME_LENGTH], "type": str(label.get("type", "user"))}
    return {key: storable(text) for key, text in (known | ({"color": str(color)} if color else {})).items()}
