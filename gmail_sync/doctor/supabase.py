"""The probe of Supabase, the second transport: both ends on a topic of its own, and what must be refused there.

A refused join is answered after five seconds, so all of them are made at once.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException

import httplib2
import httpx
from websockets.exceptions import InvalidStatus, WebSocketException

from gmail_sync.doctor import clock, supabase_faults
from gmail_sync.doctor.report import FAULT, OK, Finding, fault, ok, skipped, unset
from gmail_sync.google.http import Http
from realtime.transport.supabase import project, relay, rollout
from realtime.transport.supabase.channels import Channels, Heard, Joined, Lost
from realtime.transport.supabase.project import Project

CHECK = "supabase"
OPEN_SECONDS, JOIN_SECONDS = 3.0, 6.0  # refused, the one is answered after two seconds, the other after five
POST_SECONDS, HEAR_SECONDS, CLOSE_SECONDS = 2.5, 5.0, 0.1
MESSAGE = {"v": 1}  # says nothing; no page is in these topics
AWAY = (OSError, HTTPException, httplib2.HttpLib2Error, WebSocketException)
MOST_BYTES = 65_536  # of an answer


def probe() -> Iterator[Finding]:
    """Post to a topic of our own and hear it, as a page does; then judge what a stranger may do."""
    ours = project.configured()
    if ours is None:
        yield skipped(CHECK, unset("SUPABASE_URL") or "its settings cannot be used")
        return
    topic, foreign, public = (relay.topic(relay.new_secret()) for _ in range(3))
    token = relay.listener_token(ours.signing_key, topic, CHECK)
    with ThreadPoolExecutor(3) as at_once:
        strangers: dict[str, Future[bool]] = {
            supabase_faults.HEARS: at_once.submit(_may, lambda: _joins(ours, foreign, token)),
            supabase_faults.SPEAKS: at_once.submit(_may, lambda: _post(ours, topic, token).is_success),
            supabase_faults.PUBLIC: at_once.submit(_may, lambda: _joins(ours, public, "")),
        }
        found = _both_ends(ours, topic, token)
        may = [what for what, answer in strangers.items() if found.status == OK and answer.result()]
    said = supabase_faults.of_strangers(may)
    yield from [fault(CHECK, *each) for each in said] or [found]


def _both_ends(ours: Project, topic: str, token: str) -> Finding:
    """Return the first fault on the way from us to a page, or how long a message took."""
    try:
        with _connected(ours) as page:
            refusal = _refusal(page, topic, token)
            asked_at = time.time()
            posted = _post(ours, topic, relay.publisher_token(ours.signing_key))
            return _fault(ours, posted, asked_at, refusal) or _heard(page, asked_at)
    except InvalidStatus as refused:
        return fault(CHECK, *supabase_faults.of_handshake(refused.response.status_code))
    except AWAY as error:
        return fault(CHECK, *supabase_faults.of_network(ours.url, error))


def _fault(ours: Project, posted: httpx.Response, asked_at: float, refusal: str) -> Finding | None:
    """Judge the answers; the clock comes first, since tokens end by it."""
    ahead = clock.ahead_of(posted, asked_at)
    if ahead is not None and (judged := clock.judge(CHECK, ahead, "Supabase's", clock.MEND)).status == FAULT:
        return judged
    percent = _chosen_percent() if posted.status_code == httpx.codes.TOO_MANY_REQUESTS else 0
    said = supabase_faults.of_post(posted, ours.signing_key, percent)
    if said is None and refusal:
        said = supabase_faults.of_join(refusal, ours.signing_key)
    return fault(CHECK, *said) if said else None


def _chosen_percent() -> int:
    """Return how many percent of the users are chosen, by whichever way."""
    chosen, users = rollout.count()
    return round(100 * chosen / users) if users else 0


def _heard(page: Channels, asked_at: float) -> Finding:
    if not isinstance(_next(page, HEAR_SECONDS), Heard):
        said = f"a message was taken (202), and not heard within {HEAR_SECONDS:.0f} s."
        return fault(CHECK, said, supabase_faults.UNHEARD_MEND)
    took = f"{(time.time() - asked_at) * 1000:.0f} ms"
    return ok(CHECK, f"a page hears what is posted, after {took}; strangers neither hear nor speak.")


def _may(attempt: Callable[[], bool]) -> bool:
    """Tell whether an attempt succeeds; an answer that does not come lets nobody in."""
    try:
        return attempt()
    except AWAY:
        return False


def _connected(ours: Project) -> Channels:
    return Channels(ours, OPEN_SECONDS, CLOSE_SECONDS)


def _joins(ours: Project, topic: str, token: str) -> bool:
    with _connected(ours) as stranger:
        return not _refusal(stranger, topic, token)


def _refusal(page: Channels, topic: str, token: str) -> str:
    """Join the topic. Returns the reason why not, or nothing."""
    page.join(topic, token)
    told = _next(page, JOIN_SECONDS)
    if isinstance(told, Joined):
        return ""
    return told.reason if isinstance(told, Lost) else supabase_faults.NO_ANSWER


def _next(page: Channels, seconds: float) -> Joined | Heard | Lost | None:
    """Return what the page is told next; None if nothing comes in time, or the line breaks."""
    give_up_at = time.monotonic() + seconds
    with suppress(*AWAY):
        while (left := give_up_at - time.monotonic()) > 0:
            if told := page.receive(left):
                return told
    return None


def _post(ours: Project, topic: str, token: str) -> httpx.Response:
    """Post one message. Not by httpx: there a server that drips a byte a second keeps the doctor for ever."""
    bearer = {"apikey": ours.publishable_key, "authorization": f"Bearer {token}", "content-type": "application/json"}
    http = Http(POST_SECONDS, POST_SECONDS, MOST_BYTES)
    answer, body = http.request(ours.broadcast(topic), "POST", json.dumps(MESSAGE), bearer)
    told = {name: answer[name] for name in (*supabase_faults.RATES, "date", "age") if name in answer}
    return httpx.Response(answer.status, headers=told, content=body)
