"""One POST to Supabase Realtime, and what its answer asks of the sender.

https://supabase.com/docs/guides/realtime/broadcast#broadcast-using-the-rest-api; of the two endpoints this one answers
honestly, once the policy has passed: the batch answers 202 to what it drops.
"""

import asyncio
import math
import time
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from realtime.transport.supabase import relay
from realtime.transport.supabase.project import Project
from realtime.transport.supabase.relay import Broadcast

FIRST_SECONDS, SECONDS = 3.0, 2.0  # within which an answer comes; the first one waits for TLS
CONNECTIONS = 8
IDLE_SECONDS = 55.0  # a connection is kept: gateways end theirs after a minute or more
MOST_BYTES = 4_096  # of an answer, whose text says no more than why
RUN_SQL = "run docs/supabase.sql in the project's SQL editor."
PAUSED = 540  # https://supabase.com/docs/guides/platform/http-status-codes
RESTORE = "the project is paused: restore it in Supabase's dashboard."
ADDRESS_HINT = "see that SUPABASE_URL names Supabase itself, and that it is not suspended."
PUBLIC_KEY_HINT = "import the public part of SUPABASE_SIGNING_KEY in the project's JWT keys"


class NotTaken(Exception):
    """Supabase did not take a message. What the subclass names is what the sender does then."""

    result = "failed"

    def __init__(self, said: str, mend: str = "") -> None:
        super().__init__(said)
        self.mend = mend


class Away(NotTaken):
    """It does not answer, or not yet: try again soon."""


class Limited(NotTaken):
    """The project's rate is used up: pause all, longer each time."""

    result = "limited"


class Refused(NotTaken):
    """It will answer so until an operator mends something: log an error, and try again in a minute."""

    result = "refused"


class Answer(NamedTuple):
    """An answer, as far as it is read."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = {}


class Outlet:
    """Keeps its connections open; belongs to one event loop. `remaining` is the share of the rate that is left."""

    def __init__(self) -> None:
        self.remaining = 1.0
        self.messages_left: float | None = None  # as the last answer said
        self._client: httpx.AsyncClient | None = None
        self._project: Project | None = None
        self._token, self._token_until = "", 0.0
        self._answered = False

    async def post(self, project: Project, message: Broadcast) -> None:
        """Post one message to its user's topic. Raises NotTaken."""
        if project != self._project:
            self._project, self._token = project, ""
        answer = await self._answer(project, message)
        if answer.status == httpx.codes.UNAUTHORIZED:
            self._token = ""  # nosec B105  # its age, or a key that has changed
            answer = await self._answer(project, message)
        self._note_rate(answer.headers)
        if (reaction := reaction_to(answer.status, answer.text)) is not None:
            raise reaction

    async def _answer(self, project: Project, message: Broadcast) -> Answer:
        headers = {
            "apikey": project.publishable_key,
            "authorization": f"Bearer {self._own_token(project)}",
            "content-type": "application/json",
            "accept-encoding": "identity",
        }
        url, body = project.broadcast(relay.topic(message.secret)), relay.body(message, project.payload)
        try:
            async with asyncio.timeout(SECONDS if self._answered else FIRST_SECONDS):
                answer = await self._posted(url, body, headers)
        except (httpx.HTTPError, TimeoutError) as error:
            self._answered = False
            raise Away(type(error).__name__) from None  # its text may hold a topic
        self._answered = True
        return answer

    async def _posted(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._client is None:
            limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_SECONDS)
            self._client = httpx.AsyncClient(limits=limits, timeout=None)  # nosec B113  # _answer() has one over all
        text = b""
        async with self._client.stream("POST", url, content=body, headers=headers) as answer:
            async for part in answer.aiter_raw():
                text += part
                if len(text) > MOST_BYTES:
                    break
        return Answer(answer.status_code, text[:MOST_BYTES].decode("utf-8", "replace"), answer.headers)

    def _own_token(self, project: Project) -> str:
        if not self._token or time.monotonic() > self._token_until:
            self._token = relay.publisher_token(project.signing_key)
            self._token_until = time.monotonic() + relay.TOKEN_SECONDS / 2
        return self._token

    def _note_rate(self, headers: Mapping[str, str]) -> None:
        try:
            limit, left = (float(headers[f"x-rate-limit{part}"]) for part in ("", "-remaining"))
        except (KeyError, ValueError):  # a gateway may keep them to itself
            return
        if not 0 <= left < math.inf or not 0 <= limit < math.inf:
            return
        self.remaining, self.messages_left = (left / limit if limit > 0 else 1.0), left


def reaction_to(status: int, text: str) -> NotTaken | None:
    """Return what an answer asks for; None if the message was taken."""
    if status in (httpx.codes.ACCEPTED, httpx.codes.OK):
        is_page = text.lstrip("\ufeff \t\r\n").startswith("<")  # a portal's, or a parked domain's
        return Refused(f"{status} with a page", ADDRESS_HINT) if is_page else None
    if status == PAUSED:
        return Refused(str(status), RESTORE)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Limited("429", "lower the percent of `transport on`, or raise the plan's messages a second.")
    if status == httpx.codes.UNAUTHORIZED:
        return Refused("401", f"{PUBLIC_KEY_HINT}, and compare SUPABASE_PUBLISHABLE_KEY.")
    if status == httpx.codes.NOT_FOUND:
        return Refused("404", "compare SUPABASE_URL; a self-hosted Realtime must be 2.97 or newer.")
    if status == httpx.codes.FORBIDDEN or (status == httpx.codes.UNPROCESSABLE_ENTITY and "RLS" in text):
        return Refused(str(status), RUN_SQL)
    passing = (httpx.codes.UNPROCESSABLE_ENTITY, httpx.codes.REQUEST_TIMEOUT)  # the former: it is being started
    if httpx.codes.is_redirect(status) or (httpx.codes.is_client_error(status) and status not in passing):
        return Refused(str(status), ADDRESS_HINT)
    return Away(str(status))
