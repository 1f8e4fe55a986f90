"""users.labels and users.getProfile: what a mailbox has and how much of it."""

from simulator.errors import GoogleError
from simulator.gmail.request import Request
from simulator.mailbox.labels import KNOWN_LABELS, SYSTEM_LABELS, USER_LABELS
from simulator.state import Document

_HIDDEN_IN_LIST = frozenset({"CHAT"})


def get_profile(request: Request) -> Document:
    """Address, totals and the present historyId."""
    messages = request.mailbox.messages.values()
    return {
        "emailAddress": request.mailbox.email,
        "messagesTotal": len(messages),
        "threadsTotal": len({message.thread_id for message in messages}),
        "historyId": str(request.mailbox.history.head),
    }


def list_labels(request: Request) -> Document:
    """List all labels, without counts."""
    return {"labels": [_label(label_id) for label_id in (*SYSTEM_LABELS, *USER_LABELS)]}


def get_label(request: Request) -> Document:
    """Return one label with its counts."""
    label_id = request.item_id
    if label_id not in KNOWN_LABELS:
        raise GoogleError(404)
    carrying = [m for m in request.mailbox.messages.values() if label_id in m.label_ids]
    unread = [message for message in carrying if "UNREAD" in message.label_ids]
    return {
        **_label(label_id),
        "messagesTotal": len(carrying),
        "messagesUnread": len(unread),
        "threadsTotal": len({message.thread_id for message in carrying}),
        "threadsUnread": len({message.thread_id for message in unread}),
    }


def _label(label_id: str) -> Document:
    if label_id in USER_LABELS:
        return {"id": label_id, "name": USER_LABELS[label_id], "type": "user"}
    label: Document = {"id": label_id, "name": label_id, "type": "system"}
    if label_id in _HIDDEN_IN_LIST or label_id.startswith("CATEGORY_"):
        label |= {"messageListVisibility": "hide", "labelListVisibility": "labelHide"}
    return label
