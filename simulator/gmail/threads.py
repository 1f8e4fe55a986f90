"""users.threads, reading: one conversation with its messages."""

from simulator.errors import GoogleError
from simulator.gmail.messages import resource_of, view_of
from simulator.gmail.request import Request
from simulator.state import Document


def get_thread(request: Request) -> Document:
    """Return the conversation, its messages oldest first, in the format that was asked for."""
    view = view_of(request, ("minimal", "metadata", "full"))
    messages = request.mailbox.thread(request.item_id)
    if not messages:
        raise GoogleError(404)
    history_id = max(message.history_id for message in messages)
    resources = [resource_of(request, message, view) for message in messages]
    return {"id": request.item_id, "historyId": str(history_id), "messages": resources}
