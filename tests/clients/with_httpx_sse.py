"""Reads the stream with httpx-sse: python with_httpx_sse.py URL COOKIE. One JSON line an event."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
from httpx_sse import ServerSentEvent, connect_sse


def listen(client: httpx.Client, url: str) -> Iterator[ServerSentEvent]:
    """Every event, until the user is signed out."""
    last_event_id, retry_seconds = "", 3.0
    while True:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with suppress(httpx.TransportError), connect_sse(client, "GET", url, headers=headers) as source:
            if source.response.status_code == 204:
                return
            for event in source.iter_sse():
                last_event_id = event.id or last_event_id  # `retry` comes before the connection's first id
                if event.retry is not None:
                    retry_seconds = event.retry / 1000
                if event.data:
                    yield event
        time.sleep(retry_seconds)


url, cookie = sys.argv[1:]
# Longer than two heartbeats without a byte: the line is dead.
with httpx.Client(headers={"Cookie": cookie}, timeout=httpx.Timeout(10, read=50)) as client:
    for event in listen(client, url):
        print(json.dumps({"id": event.id, "event": event.event, "data": event.json()}), flush=True)  # noqa: T201
