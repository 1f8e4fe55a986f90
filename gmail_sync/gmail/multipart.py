"""Several calls to Gmail as one: the request's body is written, and the answer's read. Pure.

The client library does the same by Python's email package, at several times the price of everything else in a call.
Specification: https://developers.google.com/workspace/gmail/api/guides/batch
"""

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

from gmail_sync.google.answers import Answer

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def written(requests: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the content type and the body that ask for all of the client library's requests, each by its name."""
    boundary = f"batch_{uuid4().hex}"
    parts = [f"--{boundary}\r\n{_part(name, request)}\r\n" for name, request in requests.items()]
    return f"multipart/mixed; boundary={boundary}", "".join([*parts, f"--{boundary}--\r\n"]).encode()


def _part(name: str, request: Any) -> str:
    url, body = urlsplit(request.uri), request.body or ""
    headers = {"host": url.netloc, **request.headers, **({"content-length": len(body.encode())} if body else {})}
    head = "".join(f"{header}: {value}\r\n" for header, value in headers.items())
    return (
        f"Content-Type: application/http\r\nContent-ID: <finito + {quote(name, safe='')}>\r\n\r\n"
        f"{request.method} {url.path}?{url.query} HTTP/1.1\r\n{head}\r\n{body}"
    )


def answers(content_type: str, body: bytes) -> Iterator[tuple[str, Answer]]:
    """Yield the answers by the names of their calls. Raises ValueError or LookupError for what is no such body."""
    outside = Message()
    outside["content-type"] = content_type
    boundary = outside.get_boundary()
    if outside.get_content_maintype() != "multipart" or not boundary:
        raise ValueError("no batch's answer")
    # At the beginning of a line alone, which no sender of a mail can reach within JSON.
    delimiter = rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(?:--)?[ \t]*(?:\r?\n|\Z)"
    for part in re.split(delimiter, body)[1:-1]:
        outer, inner = _halves(part)
        head, content = _halves(inner)
        status_line, _, lines = head.partition(b"\n")
        status = status_line.split(b" ", 2)[1]
        yield _name(_headers(outer)["content-id"]), Answer.of({**_headers(lines), "status": int(status)}, content)


def _halves(text: bytes) -> tuple[bytes, bytes]:
    """Return what is before the first blank line, and after it; all, where there is none."""
    blank = _BLANK_LINE.search(text)
    return (text[: blank.start()], text[blank.end() :]) if blank else (text, b"")


def _headers(lines: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _name(content_id: str) -> str:
    """Return the name of a call by `<response-finito + name>`."""
    return unquote(content_id.rstrip(">").split(" + ", 1)[1])
