"""One line a request: method, path, status and how long it took; its id in every line and in the answer."""

import asyncio
import json
import logging
from typing import Any

import pytest
import structlog
from structlog.contextvars import bind_contextvars

from finito.edge.request_log import RequestLog
from tests.finito.test_logs import Lines, lines

__all__ = ["lines"]


def request(path: str = "/accounts/", headers: dict[str, str] | None = None, status: int = 200) -> dict[str, str]:
    """Send a request; the application logs a line of its own. Returns the answer's headers."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        structlog.get_logger("gmail_sync.test").info("inside")
        bind_contextvars(result=path)
        if status == 500:
            raise ZeroDivisionError
        await send({"type": "http.response.start", "status": status, "headers": [(b"a", b"b")]})

    async def receive() -> dict[str, Any]:
        return {}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    encoded = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"code=secret", "headers": encoded}
    asyncio.run(RequestLog(application)(scope, receive, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def read(lines: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines()]


def test_it_writes_method_path_status_and_time(lines: Lines) -> None:
    answer = request(status=404)
    inside, line = read(lines)
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/accounts/", 404)
    assert line["ms"] >= 0
    assert inside["request_id"] == line["request_id"] == answer["x-request-id"]
    assert answer["a"] == "b"
    assert "secret" not in "".join(lines())


def test_it_tells_what_the_application_says_of_the_request(lines: Lines) -> None:
    for path in ("/one/", "/two/"):
        request(path)
    assert [line.get("result") for line in read(lines)] == [None, "/one/", None, "/two/"]


def test_it_keeps_the_id_of_the_proxy() -> None:
    sent = "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert request(headers={"x-request-id": sent})["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["short", "a" * 65, "two words", "ann@gmail.example", "<script>alert"])
def test_it_makes_an_id_where_that_of_the_proxy_is_none(sent: str) -> None:
    answer = request(headers={"x-request-id": sent})
    assert answer["x-request-id"] != sent
    assert len(answer["x-request-id"]) == 16


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/static/gmail_sync/inbox.js"])
def test_it_is_quiet_about_what_is_asked_all_the_time(lines: Lines, path: str) -> None:
    request(path)
    assert [line["event"] for line in read(lines)] == ["inside"]


def test_it_forges_no_line(lines: Lines) -> None:
    request('/a\n{"event": "forged"}')
    assert [line["event"] for line in read(lines)] == ["inside", "request"]


def test_it_tells_a_request_that_crashed(lines: Lines) -> None:
    with pytest.raises(ZeroDivisionError):
        request(status=500)
    assert read(lines)[-1]["status"] is None


def test_it_leaves_nothing_bound(lines: Lines) -> None:
    request()
    logging.getLogger("some.library").warning("later")
    assert "request_id" not in read(lines)[-1]
