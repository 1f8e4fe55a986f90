"""Batches are written and read as Google's own client does both (gmail/multipart.py)."""

from contextlib import suppress
from typing import Any

import httplib2
import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from gmail_sync.gmail import multipart
from gmail_sync.gmail.http import service
from gmail_sync.google.answers import Answer
from simulator.gmail.batch import parse_batch

KIND = "multipart/mixed; boundary=batch_1"
JSON = "application/json; charset=UTF-8"
PART = (
    "--batch_1\r\nContent-Type: application/http\r\nContent-ID: <response-finito + {name}>\r\n\r\n"
    "HTTP/1.1 {status} Any Reason\r\nContent-Type: application/json; charset=UTF-8\r\nRetry-After: 7\r\n\r\n{body}\r\n"
)
TWO = PART.format(name="18c2", status=200, body='{"a": "--batch_1"}') + PART.format(name="a%2Bb", status=404, body="{}")


class Wire:
    """The transport of Google's client: it keeps what is sent, and answers with what it was given."""

    def __init__(self, status: int, body: str = "") -> None:
        self.answer = httplib2.Response({"status": str(status), "content-type": KIND}), body.encode()

    def request(self, uri: str, method: str, body: str, headers: dict[str, str]) -> Any:
        self.body, self.content_type = body.encode(), headers["content-type"]
        return self.answer


def requests() -> dict[str, Any]:
    messages = service().messages
    return {
        "18c2": messages.get(userId="me", id="18c2", format="metadata", metadataHeaders=["From", "To"]),
        "a+b": messages.modify(userId="me", id="a + b", body={"addLabelIds": ["Label_é"]}),
        "INBOX": service().labels.get(userId="me", id="INBOX"),
    }


def by_googles_client(wire: Wire, names: list[str]) -> dict[str, Any]:
    """The answers by name; of a refusal, its status."""
    told: dict[str, Any] = {}

    def note(name: str, answer: Any, error: HttpError | None) -> None:
        told[name] = error.status_code if error else answer

    batch = BatchHttpRequest(callback=note, batch_uri="http://127.0.0.1/batch")
    for name, request in requests().items():
        if name in names:
            batch.add(request, request_id=name)
    with suppress(HttpError):
        batch.execute(http=wire)
    return told


def test_it_asks_for_what_googles_client_asks() -> None:
    wire = Wire(500)
    by_googles_client(wire, [*requests()])
    theirs = parse_batch(wire.content_type, "Bearer a", wire.body)
    content_type, body = multipart.written(requests())
    ours = parse_batch(content_type, "Bearer a", body)
    assert [part.call for part in ours] == [part.call for part in theirs]


@pytest.mark.parametrize("line_break", ["\r\n", "\n"])
def test_it_reads_what_googles_client_reads(line_break: str) -> None:
    body = f"a preamble\r\n{TWO}--batch_1--\r\nan epilogue"
    assert by_googles_client(Wire(200, body), ["18c2", "a+b"]) == {"18c2": {"a": "--batch_1"}, "a+b": 404}
    assert dict(multipart.answers(KIND, body.replace("\r\n", line_break).encode())) == {
        "18c2": Answer(200, JSON, b'{"a": "--batch_1"}', "7"),
        "a+b": Answer(404, JSON, b"{}", "7"),
    }


def test_it_leaves_out_what_breaks_off() -> None:
    assert [name for name, _ in multipart.answers(KIND, TWO.encode())] == ["18c2"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", TWO),
        ("multipart/mixed", TWO),
        (KIND, "--batch_1\r\n\r\n--batch_1--"),
        (KIND, "--batch_1\r\nContent-ID: <a + b>\r\n\r\nno HTTP\r\n--batch_1--"),
        (KIND, "--batch_1\r\nContent-ID: <a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n--batch_1--"),
    ],
)
def test_it_raises_for_what_is_no_batch(content_type: str, body: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        dict(multipart.answers(content_type, f"{body}\r\n--batch_1--".encode()))
