"""users.history.list: what changed since a history id."""

from simulator.errors import GoogleError
from simulator.gmail.request import Request
from simulator.gmail.wire import message_ref
from simulator.mailbox.history import LABELS_ADDED, LABELS_REMOVED, MESSAGES_ADDED, MESSAGES_DELETED, Record
from simulator.paging import page_size
from simulator.state import Document

USUAL_PAGE, LARGEST_PAGE = 100, 500
_TYPES = {
    "messageAdded": MESSAGES_ADDED,
    "messageDeleted": MESSAGES_DELETED,
    "labelAdded": LABELS_ADDED,
    "labelRemoved": LABELS_REMOVED,
}


def list_history(request: Request) -> Document:
    """List the records beyond startHistoryId. A page is cut before it is filtered: it may hold nothing."""
    history = request.mailbox.history
    start = _start(request.one("startHistoryId"))
    if start < history.floor:
        raise GoogleError(404)
    page = request.page()
    size = page_size(request.one("maxResults"), USUAL_PAGE, LARGEST_PAGE, request.world.options.page_size)
    listed_until = request.world.clock.now() - request.fault.lag
    found = history.after(page.position[0] if page.position else start, size + 1)
    visible = [record for record in found if not request.fault.lag or record.at <= listed_until]
    answer: Document = {}
    if request.fault.empty_page and page.position == ():
        answer["nextPageToken"] = page.token_after(start)
        visible = []
    elif len(visible) > size:
        answer["nextPageToken"] = page.token_after(visible[size - 1].id)
    types = {_type(name) for name in request.many("historyTypes")} or set(_TYPES.values())
    label = request.one("labelId")
    resources = [
        _resource(record, types)
        for record in visible[:size]
        if types & set(record.types()) and (not label or label in _labels(record))
    ]
    if resources:
        answer["history"] = resources
    answer["historyId"] = str(history.head)
    return answer


def _start(text: str) -> int:
    if not text.isdecimal():
        raise GoogleError(400, "invalidArgument", "Missing/invalid startHistoryId")
    return int(text)


def _type(name: str) -> str:
    if name not in _TYPES:
        raise GoogleError(400, "invalidArgument", f"Invalid value at 'history_types': {name!r}")
    return _TYPES[name]


def _labels(record: Record) -> set[str]:
    return {*record.label_ids, *record.labels_added, *record.labels_removed}


def _resource(record: Record, types: set[str]) -> Document:
    ref = message_ref(record.message_id, record.thread_id)
    labelled: Document = {**ref, "labelIds": list(record.label_ids)} if record.label_ids else ref
    resource: Document = {"id": str(record.id), "messages": [ref]}
    if record.added and MESSAGES_ADDED in types:
        resource[MESSAGES_ADDED] = [{"message": labelled}]
    if record.deleted and MESSAGES_DELETED in types:
        resource[MESSAGES_DELETED] = [{"message": labelled}]
    if record.labels_added and LABELS_ADDED in types:
        resource[LABELS_ADDED] = [{"message": labelled, "labelIds": list(record.labels_added)}]
    if record.labels_removed and LABELS_REMOVED in types:
        resource[LABELS_REMOVED] = [{"message": labelled, "labelIds": list(record.labels_removed)}]
    return resource
