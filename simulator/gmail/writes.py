"""users.messages, writing: modify, trash, delete, insert, import and send."""

from collections.abc import Iterable

from simulator.errors import GoogleError
from simulator.gmail.mime import parse_raw
from simulator.gmail.request import Request
from simulator.gmail.wire import message_ref, message_resource
from simulator.mailbox.addresses import addresses
from simulator.mailbox.labels import PLACES, UNCHANGEABLE_LABELS
from simulator.state import Document

LARGEST_BATCH = 1000  # ids in batchModify and batchDelete
MOST_LABELS = 100  # added, and removed, in one call


def modify(request: Request) -> Document:
    """Add and remove labels."""
    add, remove = _label_changes(request, request.body())
    message = request.mailbox.relabel(request.message().id, add, remove)
    return message_resource(message, "minimal")


def batch_modify(request: Request) -> None:
    """Add and remove the labels of many messages; unknown ids are passed over."""
    document = request.body()
    add, remove = _label_changes(request, document)
    for message_id in _known_ids(request, document):
        request.mailbox.relabel(message_id, add, remove)


def batch_delete(request: Request) -> None:
    """Delete many messages for good; unknown ids are passed over."""
    for message_id in _known_ids(request, request.body()):
        request.mailbox.delete(message_id)


def trash(request: Request) -> Document:
    """Move to the trash."""
    return message_resource(request.mailbox.trash(request.message().id), "minimal")


def untrash(request: Request) -> Document:
    """Take out of the trash."""
    return message_resource(request.mailbox.untrash(request.message().id), "minimal")


def delete(request: Request) -> None:
    """Delete for good."""
    request.mailbox.delete(request.message().id)


def insert(request: Request) -> Document:
    """Put a mail into the mailbox, past all filters."""
    return _add(request, imported=False)


def import_message(request: Request) -> Document:
    """Take a mail over from elsewhere; its history record carries no labels."""
    return _add(request, imported=True)


def send(request: Request) -> Document:
    """Send a mail: a copy with SENT here, and one in the inbox of every simulated recipient."""
    document = request.body()
    content = parse_raw(document.get("raw", ""))
    sent = request.mailbox.add(content, ["SENT"], thread_id=_thread(request, document))
    for address in addresses([content.header(name) for name in ("To", "Cc", "Bcc")]):
        if recipient := request.world.mailboxes.get(address):
            recipient.add(content, ["INBOX", "UNREAD"])
    return message_resource(sent, "minimal")


def _add(request: Request, *, imported: bool) -> Document:
    document = request.body()
    labels = _checked(request, document.get("labelIds", ()))
    content = parse_raw(document.get("raw", ""))
    thread_id = _thread(request, document)
    message = request.mailbox.add(content, labels, thread_id=thread_id, imported=imported)
    return {**message_ref(message.id, message.thread_id), "labelIds": message.label_ids}


def _thread(request: Request, document: Document) -> str:
    thread_id = str(document.get("threadId", ""))
    if thread_id and not request.mailbox.thread(thread_id):
        raise GoogleError(404)
    return thread_id


def _label_changes(request: Request, document: Document) -> tuple[list[str], list[str]]:
    """Return what to add and to remove. Gmail's own words for INBOX together with TRASH are not known here."""
    add, remove = (
        _checked(request, document.get(name, ()), changed=True) for name in ("addLabelIds", "removeLabelIds")
    )
    if not add and not remove:
        raise GoogleError(400, "invalidArgument", "No label add or removes specified")
    if max(len(add), len(remove)) > MOST_LABELS:
        raise GoogleError(400, "invalidArgument", f"Number of labels cannot exceed {MOST_LABELS}")
    if len(PLACES.intersection(add)) > 1:
        raise GoogleError(400, "invalidArgument", f"Invalid label: {add[-1]}")
    if both := set(add) & set(remove):
        raise GoogleError(400, "invalidArgument", f"Cannot both add and remove the same label: {min(both)}")
    return add, remove


def _checked(request: Request, label_ids: Iterable[str], *, changed: bool = False) -> list[str]:
    labels = list(label_ids)
    for label in labels:
        if not request.mailbox.has_label(label) or (changed and label in UNCHANGEABLE_LABELS):
            raise GoogleError(400, "invalidArgument", f"Invalid label: {label}")
    return labels


def _known_ids(request: Request, document: Document) -> list[str]:
    message_ids: list[str] = document.get("ids", [])
    if not message_ids:
        raise GoogleError(400, "invalidArgument", "Invalid ids value")
    if len(message_ids) > LARGEST_BATCH:
        raise GoogleError(400, "invalidArgument", f"Number of ids cannot exceed {LARGEST_BATCH}")
    return [message_id for message_id in message_ids if message_id in request.mailbox.messages]
