"""users.messages, reading: list and get."""

from datetime import UTC, datetime
from itertools import islice

from simulator.errors import GoogleError
from simulator.gmail.attachments import new_id
from simulator.gmail.request import Request
from simulator.gmail.wire import message_ref, message_resource
from simulator.mailbox.labels import HIDDEN_LABELS
from simulator.mailbox.message import Message
from simulator.mailbox.search import matcher
from simulator.oauth.scopes import FULL, MODIFY, READONLY
from simulator.paging import page_size
from simulator.state import Document

USUAL_PAGE, LARGEST_PAGE = 100, 500
VIEWS = ("minimal", "metadata", "full", "raw")


def list_messages(request: Request) -> Document:
    """Ids, newest first; no snapshot: what arrives between two pages is on neither."""
    if request.one("q") and not request.scopes & {FULL, MODIFY, READONLY}:
        raise GoogleError(403, "forbidden", "Metadata scope does not support 'q' parameter")
    wanted = set(request.many("labelIds"))
    hidden = HIDDEN_LABELS - wanted if not request.flag("includeSpamTrash") else frozenset()

    matches = matcher(request.one("q"), request.mailbox, datetime.fromtimestamp(request.world.clock.now(), UTC))

    def listed(message: Message) -> bool:
        if not wanted.issubset(message.label_ids) or not hidden.isdisjoint(message.label_ids):
            return False
        return matches(message)

    page = request.page()
    size = page_size(request.one("maxResults"), USUAL_PAGE, LARGEST_PAGE, request.world.options.page_size)
    found = filter(listed, request.mailbox.newest_first(page.position))
    messages = list(islice(found, size))
    answer: Document = {}
    if messages:
        answer["messages"] = [message_ref(message.id, message.thread_id) for message in messages]
    remaining = sum(1 for _ in found)
    if remaining:
        answer["nextPageToken"] = page.token_after(*messages[-1].order)
    answer["resultSizeEstimate"] = len(messages) + remaining
    return answer


def get_message(request: Request) -> Document:
    """Return one message in the format that was asked for."""
    return resource_of(request, request.message(), view_of(request, VIEWS))


def view_of(request: Request, views: tuple[str, ...]) -> str:
    """Return the format that is asked for. Raises a 400 for another one, a 403 for what the scope does not cover."""
    view = request.one("format", "full").lower()
    if view not in views:
        raise GoogleError(400, "invalidArgument", f"Invalid value at 'format': {view!r}")
    if view in ("full", "raw") and not request.scopes & {FULL, MODIFY, READONLY}:
        raise GoogleError(403, "forbidden", f"Metadata scope doesn't allow format {view.upper()}")
    return view


def resource_of(request: Request, message: Message, view: str) -> Document:
    """Return the message in that format; attachments get new ids each time."""
    now = request.world.clock.now()
    return message_resource(
        message, view, request.many("metadataHeaders"), lambda part_id: new_id(message.id, part_id, now)
    )
