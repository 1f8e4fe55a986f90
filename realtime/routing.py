"""The stream's address."""

from django.http import HttpRequest
from django.urls import path

from realtime.stream.consumers import EventStreamConsumer

STREAM_PATH = "events/"

urlpatterns = [path(STREAM_PATH, EventStreamConsumer.as_asgi())]


def stream_address(request: HttpRequest) -> dict[str, str]:
    """Give every template the stream's address (a context processor)."""
    return {"stream_address": f"/{STREAM_PATH}"}
