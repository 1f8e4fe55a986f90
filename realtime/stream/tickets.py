"""`GET /events/ticket/`: whether the page may listen at Supabase, where, and with which token and key.

A page asks once a minute. So a ticket is also how it learns that the rollout was turned back, that its session is
over, and, by `head`, that it has missed something.
"""

import json
from base64 import b64encode
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import structlog

from realtime import database_errors, metrics
from realtime.log_threads import in_log_thread
from realtime.models import Rollout
from realtime.stream import lateness, queries
from realtime.stream.consumers import EventStreamConsumer
from realtime.stream.sse import Cursor
from realtime.together import Together
from realtime.transport import installation
from realtime.transport.supabase import hearers, project, relay, rollout

logger = structlog.get_logger(__name__)

AGAIN_SECONDS = 60
RETRY_SECONDS = 10
MOST_COUNTED, MOST_LAG_MS = 1_000, 600_000  # of one ask: the numbers are the browser's
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"vary", b"Cookie"),
    (b"x-content-type-options", b"nosniff"),
]


class _Grant(NamedTuple):
    """What a ticket says of its user; empty for one who keeps to the stream."""

    secret: str = ""
    head: Cursor = Cursor("", 0)
    subject: str = ""
    late: tuple[lateness.Late, ...] = ()


class TicketConsumer(EventStreamConsumer):
    """An answer to one signed-in user. Methods and origins are judged as for a stream."""

    async def _stream(self, session_key: str, receive: Any) -> None:
        try:
            ticket = await self._ticket(session_key)
        except Exception as error:
            database_errors.log(logger, "ticket.failed", error)
            retry = (b"retry-after", b"%d" % RETRY_SECONDS)
            await self.send_response(503, b"", headers=[*HEADERS, retry])
            return
        if ticket is None:
            await self.send_response(204, b"", headers=HEADERS)
            return
        metrics.TICKETS.labels(transport=ticket["transport"]).inc()
        self._count_told()
        kind = (b"content-type", b"application/json")
        await self.send_response(200, json.dumps(ticket).encode(), headers=[*HEADERS, kind])

    async def _ticket(self, session_key: str) -> dict[str, Any] | None:
        """Return the ticket; None for who is not signed in. Raises what the database does."""
        user_id = await queries.user_of(session_key)
        if user_id is None:
            return None
        there = project.configured()
        grant = await _grant(user_id) if there and _can_open_seals(self.scope) else _Grant()
        if there is None or not grant.secret:
            return {"transport": "sse"}
        # Whoever ends a session gives the user another secret afterwards: so look at the session after the secret.
        if await queries.user_of(session_key) != user_id:
            return None
        topic = relay.topic(grant.secret)
        return {
            "transport": "supabase",
            "url": there.websocket,
            "key": there.publishable_key,
            "topic": topic,
            "token": relay.listener_token(there.signing_key, topic, grant.subject),
            "seal": b64encode(relay.seal_key(grant.secret)).decode() if there.payload == "sealed" else None,
            "expires_in": relay.TOKEN_SECONDS,
            "again_in": AGAIN_SECONDS,
            "head": str(grant.head),
            "late": grant.late,
        }

    def _count_told(self) -> None:
        """Count what the page says that it has seen since it last asked. A gap makes it fall back to the stream."""
        told = parse_qs(self.scope["query_string"].decode("latin-1"))
        gaps = _number(told, "gaps", MOST_COUNTED)
        fallbacks = _number(told, "fallbacks", MOST_COUNTED)
        metrics.CLIENT_GAPS.labels(transport="supabase").inc(gaps)
        metrics.CLIENT_FALLBACKS.labels(reason="gap").inc(min(gaps, fallbacks))
        metrics.CLIENT_FALLBACKS.labels(reason="other").inc(max(0, fallbacks - gaps))
        if lag_ms := _number(told, "lag_ms", MOST_LAG_MS):
            metrics.CLIENT_LAG_SECONDS.observe(lag_ms / 1_000)


def _number(told: dict[str, list[str]], name: str, most: int) -> int:
    text = told.get(name, ["0"])[-1][:9]
    return min(int(text), most) if text.isascii() and text.isdecimal() else 0


def _can_open_seals(scope: dict[str, Any]) -> bool:
    """Tell whether the page has WebCrypto, which browsers keep to secure contexts: https, and the machine itself."""
    if scope.get("scheme") == "https":
        return True
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"), "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ip_address(name).is_loopback
    except ValueError:
        return False


def _granted(user_ids: list[int]) -> dict[int, _Grant]:
    """Return what to tell each user; whoever is chosen is heard from now on."""
    stage = Rollout.current()
    chosen = rollout.chosen(stage, user_ids) if stage.stage == Rollout.Stage.ON else set()
    grants = dict.fromkeys(user_ids, _Grant())
    heard = hearers.hear(chosen) if chosen else {}
    late = lateness.late_of(heard) if heard else {}
    for user_id, (secret, head) in heard.items():
        grants[user_id] = _Grant(secret, head, f"{installation.name()}/{user_id}", tuple(late[user_id]))
    return grants


async def _grants(user_ids: list[int]) -> dict[int, _Grant]:
    return await in_log_thread(_granted, user_ids)


_grant = Together(_grants)
