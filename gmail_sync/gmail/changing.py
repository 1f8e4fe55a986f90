"""Have Gmail change labels, and list them: the methods that acting needs.

Specification: https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/modify (and
batchModify, labels; what it leaves out: docs/gmail.md)
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from gmail_sync.exceptions import GmailError, GmailMisconfigured, GmailThrottled, GmailUnavailable, NotFound
from gmail_sync.gmail.api import UNREADABLE, Gmail
from gmail_sync.gmail.http import Call, service
from gmail_sync.gmail.refusals import BAD_REQUEST

ONE_BY_ONE = 9  # messages: up to here each call costs 5 units and answers for itself, more are cheaper as one of 50
AT_ONCE = 1_000  # ids in one batchModify
LABELS_KEPT = 2_000
NAME_LENGTH = 225  # Gmail's own limit


class Why(StrEnum):
    """The reason why a message was not changed."""

    GONE = "gone"
    LABEL = "label"


def modify(gmail: Gmail, gmail_ids: list[str], add: Iterable[str], remove: Iterable[str]) -> dict[str, Why]:
    """Add and remove labels of at most 1,000 messages, all of which may be repeated. Returns those that were refused.

    More than nine are changed by one call that passes over unknown ids and says nothing. Raises GmailError for a
    refusal that is not about single messages.
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
    _, refusals = gmail.batch(calls)
    refused = {gmail_id: why for gmail_id, refusal in refusals.items() if (why := _of_one(refusal))}
    if others := [refusal for gmail_id, refusal in refusals.items() if gmail_id not in refused]:
        raise min(others, key=_weight)
    return refused


def list_labels(gmail: Gmail) -> list[dict[str, str]]:
    """Return the labels of the mailbox (1 unit): id, name, type and, where it has one, color."""
    answer = gmail.call("labels.list", service().labels.list(userId="me"))
    try:
        return [_label(label) for label in answer.get("labels", [])[:LABELS_KEPT]]
    except UNREADABLE as error:
        raise GmailUnavailable(f"labels.list: {type(error).__name__}") from error


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


def _label(label: dict[str, Any]) -> dict[str, str]:
    color = (label.get("color") or {}).get("backgroundColor")
    known = {"id": str(label["id"]), "name": str(label["name"])[:NAME_LENGTH], "type": str(label.get("type", "user"))}
    return known | ({"color": str(color)} if color else {})
