"""Asking brings what the stream brings: the same events, cursors and resets, in answers of at most 128."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.conformance.conftest import Recording
from tests.conformance.wire import SECONDS, Target


def asked(target: Target, **query: object) -> httpx.Response:
    """GET /events/since/ with the target's cookie."""
    address = f"{target.url}/events/since/?{urlencode(query)}"
    return httpx.get(address, headers={"Cookie": target.cookie}, timeout=SECONDS)


def found(target: Target, **query: object) -> dict[str, Any]:
    """The answer, whose form is judged."""
    answer = asked(target, **query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert "no-store" in answer.headers["cache-control"]
    assert answer.content.isascii()
    body: dict[str, Any] = answer.json()
    assert set(body) == {"events", "cursor", "reset"}
    assert len(body["events"]) <= 128
    assert body["cursor"] == (body["events"][-1]["id"] if body["events"] else body["cursor"])
    return body


def test_it_brings_what_the_stream_brought(target: Target, recording: Recording) -> None:
    cursor, events = recording.start, list[dict[str, Any]]()
    while len(events) < len(recording.frames):
        answer = found(target, lastEventId=cursor)
        assert answer["events"], f"nothing after {cursor}"
        assert answer["reset"] is None
        events += answer["events"]
        cursor = answer["cursor"]
    told = [{"id": frame.id, "type": frame.event, "data": frame.data} for frame in recording.frames]
    assert events[: len(told)] == told


@pytest.mark.parametrize("name", ["lastEventId", "last_event_id"])
def test_it_resets_for_what_is_no_cursor(target: Target, known_cursor: str, name: str) -> None:
    epoch = known_cursor.rpartition("-")[0]
    for cursor, reason in [("?", "bad"), ("x" * 8_000, "bad"), ("0-0", "epoch"), (f"{epoch}-{2**63 - 1}", "ahead")]:
        answer = found(target, **{name: cursor}, wait=25)
        assert (answer["events"], answer["reset"]) == ([], reason)
        assert found(target, lastEventId=answer["cursor"])["reset"] is None


def test_it_begins_at_the_head_and_waits_for_the_next_event(target: Target) -> None:
    head = found(target)["cursor"]
    target.make_events(1)
    cursor, events = head, list[dict[str, Any]]()
    for _ in range(3):
        answer = found(target, lastEventId=cursor, wait=min(25, target.wait_seconds))
        events += answer["events"]
        cursor = answer["cursor"]
    if not events and target.cause is None:
        pytest.skip("no event came, and FINITO_CONFORMANCE_CAUSE is not set")
    epoch, _, seq = head.rpartition("-")
    assert [event["id"] for event in events] == [f"{epoch}-{int(seq) + n}" for n in range(1, len(events) + 1)]
    assert events


def test_it_answers_any_wait(target: Target, known_cursor: str) -> None:
    for wait in ("", "0", "-1", "nan", "0.1", "1e3", "x" * 2_000):
        assert found(target, lastEventId=known_cursor, wait=wait)["reset"] is None


def test_it_refuses_strangers_foreign_pages_and_other_methods(target: Target) -> None:
    address = f"{target.url}/events/since/"
    own = {"Cookie": target.cookie}
    assert httpx.get(address, timeout=SECONDS).status_code == 204
    assert httpx.get(address, headers={**own, "Origin": "https://elsewhere.example"}).status_code == 403
    assert httpx.post(address, headers=own, timeout=SECONDS).status_code == 405
