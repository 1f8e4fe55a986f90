"""Broadcasts over HTTP: one by its address, or a batch (lib/realtime_web/controllers and plugs)."""

import json
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.faults import Fault, FaultedCall
from simulator.state import Document
from simulator.supabase.broadcasts import BroadcastRefused, allow_batch, allow_single, read_batch
from simulator.supabase.hub import API
from simulator.supabase.project import Project
from simulator.supabase.tokens import Claims, TokenRefused
from simulator.supabase.wire import Broadcast

JSON_TYPE, BYTES_TYPE = "application/json", "application/octet-stream"
Allow = Callable[[Claims], list[Broadcast]]


async def single(http: Request) -> Response:
    """POST /realtime/v1/api/broadcast/{topic}/events/{event}."""
    project: Project = http.app.state.supabase
    topic, event = http.path_params["topic"], http.path_params["event"]
    try:
        payload = await _payload(http)
    except BroadcastRefused as refused:
        return _refusal(refused)
    broadcast = Broadcast(topic, event, payload, http.query_params.get("private") == "true", raw=True)
    return await _answer(http, [broadcast], lambda claims: allow_single(project, claims, broadcast))


async def batch(http: Request) -> Response:
    """POST /realtime/v1/api/broadcast."""
    project: Project = http.app.state.supabase
    try:
        messages = read_batch(await _payload(http))
    except BroadcastRefused as refused:
        return _refusal(refused)
    return await _answer(http, messages, lambda claims: allow_batch(project, claims, messages))


async def _answer(http: Request, broadcasts: list[Broadcast], allow: Allow) -> Response:
    """Meet the fault that waits, ask who it is, deliver what is allowed, and keep what was posted."""
    project: Project = http.app.state.supabase
    topic = broadcasts[0].topic if broadcasts else ""
    fault = project.faults.take(FaultedCall("broadcast", api=API, topic=topic))
    arrived = time.time()
    if fault is not None:
        await project.faults.wait(fault)
    answer = Response(status_code=202)
    try:
        project.requests.add()
        allowed = allow(_caller(http, project, fault))
        if fault is None or not fault.drop:
            _deliver(project, allowed)
    except BroadcastRefused as refused:
        answer = _refusal(refused)
        if fault is not None and fault.body is not None:
            answer = Response(fault.body, refused.status)
    answer.headers.update(project.rate_headers())
    for broadcast in broadcasts:
        project.posts.append(_post(http, broadcast, answer.status_code, arrived))
    return answer


def _deliver(project: Project, broadcasts: list[Broadcast]) -> None:
    for broadcast in broadcasts:
        project.events.add()
        project.hub.dispatch(broadcast)


def _caller(http: Request, project: Project, fault: Fault | None) -> Claims:
    """Return the caller's claims. Raises BroadcastRefused."""
    if fault is not None and fault.status:
        raise BroadcastRefused(fault.status, fault.message or "Something went wrong")
    if project.requests.average() >= project.settings.events_per_second:
        raise BroadcastRefused(429, "Too many requests")
    kind, _, bearer = http.headers.get("authorization", "").partition(" ")
    if kind and kind.lower() != "bearer":
        raise BroadcastRefused(401, "Unauthorized")
    try:
        _, claims = project.caller(http.headers.get("apikey", ""), bearer)
    except TokenRefused as refused:
        raise BroadcastRefused(401, "Unauthorized" if bearer else str(refused)) from None
    return claims


async def _payload(http: Request) -> Any:
    """Return the body, JSON or bytes. Raises BroadcastRefused."""
    kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await http.body()
    if kind == BYTES_TYPE:
        return body
    if kind != JSON_TYPE:
        raise BroadcastRefused(415, "Unsupported Media Type")
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        raise BroadcastRefused(400, "Bad Request") from None
    return document if isinstance(document, dict) else {"_json": document}


def _refusal(refused: BroadcastRefused) -> Response:
    return JSONResponse({"message": str(refused)}, refused.status)


def _post(http: Request, broadcast: Broadcast, status: int, arrived: float) -> Document:
    """Return what was posted, as GET /sim/supabase/posts tells it."""
    payload = broadcast.payload.hex() if isinstance(broadcast.payload, bytes) else broadcast.payload
    return {
        "topic": broadcast.topic,
        "event": broadcast.event,
        "payload": payload,
        "private": broadcast.private,
        "single": broadcast.raw,
        "status": status,
        "headers": dict(http.headers),
        "at": arrived,
        "answered_at": time.time(),
    }
