"""The addresses of the stream, and of those who ask for its events."""

from django.http import HttpRequest
from django.urls import path

from realtime.stream.consumers import EventStreamConsumer
from realtime.stream.since import EventsSinceConsumer
from realtime.stream.tickets import TicketConsumer
from realtime.transport.supabase import project

STREAM_PATH = "events/"
TICKET_PATH = f"{STREAM_PATH}ticket/"

urlpatterns = [
    path(STREAM_PATH, EventStreamConsumer.as_asgi()),
    path(f"{STREAM_PATH}since/", EventsSinceConsumer.as_asgi()),
    path(TICKET_PATH, TicketConsumer.as_asgi()),
]


def stream_address(request: HttpRequest) -> dict[str, str]:
    """Give every template the stream's address, and the tickets' where there are any (a context processor)."""
    addresses = {"stream_address": f"/{STREAM_PATH}"}
    return {**addresses, "ticket_address": f"/{TICKET_PATH}"} if project.configured() else addresses
