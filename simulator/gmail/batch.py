"""Batch: many calls in one multipart/mixed body, each with an answer of its own.

https://developers.google.com/workspace/gmail/api/guides/batch
"""

import asyncio
from dataclasses import dataclass, replace
from email.message import Message as Headers
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from simulator.errors import GoogleError
from simulator.faults import Fault, FaultedCall
from simulator.gmail.gate import answer, refuse
from simulator.gmail.request import Answer, Call
from simulator.world.world import World

LARGEST_BATCH = 100
_BOUNDARY = "batch_simulator"
_TOO_MANY = GoogleError(429, "rateLimitExceeded", "Too many concurrent requests for user.")


@dataclass(frozen=True)
class Part:
    """One inner call and the Content-ID that its answer refers to."""

    content_id: str
    call: Call


async def answer_batch(world: World, content_type: str, authorization: str, body: bytes) -> Answer:
    """Answer every part; the batch itself fails only when it cannot be read, or by a fault."""
    token = world.grants.access(authorization.removeprefix("Bearer "))
    fault = world.faults.take(FaultedCall("batch", token.email if token else "")) or Fault("batch")
    await asyncio.sleep(fault.delay)
    try:
        if fault.status:
            raise fault.error()
        answered = await _answer_parts(world, parse_batch(content_type, authorization, body), fault.concurrency)
    except GoogleError as error:
        answered = refuse(error)
    world.meter.count("batch", answered.status)
    return replace(answered, cut=fault.drop)


async def _answer_parts(world: World, parts: list[Part], concurrency: int) -> Answer:
    if len(parts) > LARGEST_BATCH:
        raise GoogleError(400, "badRequest", f"The batch holds more than {LARGEST_BATCH} calls.")
    allowed = parts[: concurrency or None]
    answers = [*await asyncio.gather(*(answer(world, part.call) for part in allowed))]
    answers += [refuse(_TOO_MANY)] * (len(parts) - len(allowed))
    body = b"".join(_write_part(part, inner) for part, inner in zip(parts, answers, strict=True))
    content_type = f"multipart/mixed; boundary={_BOUNDARY}"
    return Answer(200, body + f"--{_BOUNDARY}--\r\n".encode(), {"content-type": content_type})


def parse_batch(content_type: str, authorization: str, body: bytes) -> list[Part]:
    """Return the calls of a batch body; those without a token of their own take the batch's."""
    headers = Headers()
    headers["content-type"] = content_type
    boundary = headers.get_boundary()
    if headers.get_content_type() != "multipart/mixed" or not boundary:
        raise GoogleError(400, "badRequest", "Failed to parse batch request, error: missing boundary")
    chunks = body.replace(b"\r\n", b"\n").split(b"--" + boundary.encode())
    return [_parse_part(chunk, authorization) for chunk in chunks[1:-1]]


def _parse_part(chunk: bytes, authorization: str) -> Part:
    outer, _, inner = chunk.lstrip(b"\n").partition(b"\n\n")
    head, _, body = inner.lstrip(b"\n").partition(b"\n\n")
    request_line, _, header_lines = head.partition(b"\n")
    try:
        verb, target, _ = request_line.decode().split(" ", 2)
    except ValueError:
        raise GoogleError(400, "badRequest", "Failed to parse batch request") from None
    url = urlsplit(target)
    headers = _parse_headers(header_lines)
    token = headers.get("authorization", authorization)
    call = Call(verb, unquote(url.path), parse_qs(url.query), body.strip(), token, inner=True)
    return Part(_parse_headers(outer).get("content-id", ""), call)


def _parse_headers(lines: bytes) -> dict[str, str]:
    unfolded = lines.decode("latin-1").replace("\n ", " ")  # long Content-IDs come folded
    pairs = (line.partition(":") for line in unfolded.split("\n") if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _write_part(part: Part, inner: Answer) -> bytes:
    content_id = f"Content-ID: <response-{part.content_id[1:]}\r\n" if part.content_id else ""
    headers = "".join(f"{name}: {value}\r\n" for name, value in inner.headers.items())
    head = (
        f"--{_BOUNDARY}\r\nContent-Type: application/http\r\n{content_id}\r\n"
        f"HTTP/1.1 {inner.status} {HTTPStatus(inner.status).phrase}\r\n{headers}"
        f"Content-Length: {len(inner.body)}\r\n\r\n"
    )
    return head.encode() + inner.body + b"\r\n"
