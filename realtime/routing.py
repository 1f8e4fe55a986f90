"""The addresses of the stream, and of those who ask for its events."""

from django.http import HttpRequest
from django.urls import path

from realtime.stream.consumers import EventStreamConsumer
from realtime.stream.since import EventsSinceConsumer

STREAM_PATH = "events/"

urlpatterns = [
    path(STREAM_PATH, EventStreamConsumer.as_asgi()),
    path(f"{STREAM_PATH}since/", EventsSinceConsumer.as_asgi()),
]


def stream_address(request: HttpRequest) -> dict[str, str]:
    """Give every template the stream's address (a context processor)."""
    return {"stream_address": f"/{STREAM_PATH}"}
