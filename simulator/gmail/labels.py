"""users.labels and users.getProfile: what a mailbox has and how much of it."""

from simulator.errors import GoogleError
from simulator.gmail.request import Request
from simulator.mailbox.labels import SYSTEM_LABELS
from simulator.mailbox.mailbox import Mailbox
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
    label_ids = (*SYSTEM_LABELS, *request.mailbox.user_labels)
    return {"labels": [_label(request.mailbox, label_id) for label_id in label_ids]}


def create_label(request: Request) -> Document:
    """Make a label of the user's own; its name must be a new one."""
    name = str(request.body().get("name", "")).strip()
    mailbox = request.mailbox
    names = {known.lower() for known in (*SYSTEM_LABELS, *mailbox.user_labels.values())}
    if not name:
        raise GoogleError(400, "invalidArgument", "Invalid label name")
    if name.lower() in names:
        raise GoogleError(409, "aborted", "Label name exists or conflicts")
    return _label(mailbox, mailbox.create_label(name))


def get_label(request: Request) -> Document:
    """Return one label with its counts."""
    label_id = request.item_id
    if not request.mailbox.has_label(label_id):
        raise GoogleError(404)
    carrying = [m for m in request.mailbox.messages.values() if label_id in m.label_ids]
    unread = [message for message in carrying if "UNREAD" in message.label_ids]
    return {
        **_label(request.mailbox, label_id),
        "messagesTotal": len(carrying),
        "messagesUnread": len(unread),
        "threadsTotal": len({message.thread_id for message in carrying}),
        "threadsUnread": len({message.thread_id for message in unread}),
    }


def _label(mailbox: Mailbox, label_id: str) -> Document:
    if label_id in mailbox.user_labels:
        return {"id": label_id, "name": mailbox.user_labels[label_id], "type": "user"}
    label: Document = {"id": label_id, "name": label_id, "type": "system"}
    if label_id in _HIDDEN_IN_LIST or label_id.startswith("CATEGORY_"):
        label |= {"messageListVisibility": "hide", "labelListVisibility": "labelHide"}
    return label
