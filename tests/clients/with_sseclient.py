"""Reads the stream with sseclient-py: python with_sseclient.py URL COOKIE. One JSON line an event."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
from sseclient import Event, SSEClient

RETRY_SECONDS = 3  # it does not show a `retry` that comes without data


def listen(client: httpx.Client, url: str) -> Iterator[Event]:
    """Every event, until the user is signed out."""
    last_event_id = ""
    while True:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with suppress(httpx.TransportError), client.stream("GET", url, headers=headers) as response:
            if response.status_code == 204:
                return
            for event in SSEClient(response.iter_bytes()).events():
                last_event_id = event.id or last_event_id
                yield event
        time.sleep(RETRY_SECONDS)


url, cookie = sys.argv[1:]
# Longer than two heartbeats without a byte: the line is dead.
with httpx.Client(headers={"Cookie": cookie}, timeout=httpx.Timeout(10, read=50)) as client:
    for event in listen(client, url):
        print(json.dumps({"id": event.id, "event": event.event, "data": json.loads(event.data)}), flush=True)  # noqa: T201
