"""Clients that others wrote lose, repeat and reorder nothing, and stop when their user signs out."""

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import Any

import pytest

from tests.clients.readers import PROGRAMS, PageReader, ProgramReader, Reader, events, missing, times_ready
from tests.support.environment import STRICT
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import act
from tests.support.live_stream import CONTROL_EVENTS
from tests.support.waiting import eventually

EMAIL = "ann@gmail.example"
TEXTS = [
    "emoji \U0001f600 \U0001f469\u200d\U0001f4bb \u0000 \ufeff",
    "right to left \u202e \u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "line\u2028 paragraph\u2029 next\u0085 tab\x0b page\x0c file\x1c end",
    "quotes \" ' ` \\ \\n \\u0000 </script> &amp;",
    "data: x\r\n\r\nid: 7-7\r\nevent: bye\r\n\r\n:",
    "long " + "\u20ac" * 3000,
]
LONGEST_RETRY_SECONDS = 5  # after `bye auth` the server asks for 4 at most


@dataclass
class Outcome:
    """All that happened while all clients read: the log, what each of them printed, and the answers that each was given
    by the last start of its web."""

    log: list[dict[str, Any]]
    read: dict[str, list[dict[str, Any]]]
    answers: dict[str, list[str]]


@pytest.fixture(
    scope="module", params=[["kill"], pytest.param(["age", "stop", "kill", "age"], marks=pytest.mark.chaos)], ids=len
)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """All clients read at web1, which is cut in several ways while mail of all kinds comes; then the user signs out."""
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        ann = stack.sign_in("ann")
        ann.connect(EMAIL)
        start = ann.get("/messages/").json()["cursor"]
        stack.stop("web1")
        stack.environment["STREAM_MAX_AGE_SECONDS"] = "3"
        web = stack.commands["web1"]
        web[web.index("finito.asgi:application")] = "tests.clients.answering:application"
        stack.start("web1")
        readers: dict[str, Reader] = {}
        for program in PROGRAMS:
            if missing(program):
                continue
            url = f"{stack.url(1)}/events/?client={program}&lastEventId={start}"
            session = ann.http.cookies["sessionid"]
            if program.endswith(".html"):
                readers[program] = PageReader(request.getfixturevalue("chromium"), program, url, session)
            else:
                readers[program] = ProgramReader(stack, program, url, session)
        eventually(lambda: all(map(times_ready, readers.values())))
        for cut_by in request.param:
            cut(stack, list(readers.values()), cut_by)
        stack.simulator.deliver(EMAIL, subject="the last")
        log = logged(ann, start)
        wait(lambda: all(log[-1] in events(reader) for reader in readers.values()))
        read = {program: events(reader) for program, reader in readers.items()}

        ann.post("/logout/")
        wait(lambda: all("204" in answers(stack)[program] for program in readers))
        time.sleep(LONGEST_RETRY_SECONDS)
        yield Outcome(log, read, answers(stack))


def cut(stack: Stack, readers: list[Reader], how: str) -> None:
    """End all streams of web1; mail comes before, meanwhile, and until every client is back."""
    chance, texts = random.Random(len(how)), cycle(TEXTS)

    def live() -> None:
        stack.simulator.deliver(EMAIL, subject=next(texts), text=next(texts))
        act(stack, EMAIL, 1, chance)

    live()
    before = [times_ready(reader) for reader in readers]
    if how == "kill":
        stack.kill("web1")
    elif how == "stop":
        stack.stop("web1")
    if how != "age":
        live()
        stack.start("web1", wait=False)

    def all_are_back() -> bool:
        live()
        return all(times_ready(reader) > times for reader, times in zip(readers, before, strict=True))

    wait(all_are_back)


def wait(true: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until it is true, or for that long: the tests then say of which client it is not."""
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.2)


def logged(user: SignedIn, start: str) -> list[dict[str, Any]]:
    """The log from there up to the last mail, by a plain replay."""
    with user.stream(0, start) as stream:
        last = stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["subject"] == "the last")
        frames = stream.mail_events
    return [{"id": f.id, "event": f.event, "data": f.payload} for f in frames[: frames.index(last) + 1]]


def once(read: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without control events, and without those whose id was seen before."""
    first: dict[str, dict[str, Any]] = {}
    for event in read:
        if event["event"] not in CONTROL_EVENTS:
            first.setdefault(event["id"], event)
    return list(first.values())


def answers(stack: Stack) -> dict[str, list[str]]:
    """The status of each answer of web1's, by client."""
    found = defaultdict(list)
    for program, status in re.findall(r"ANSWER ([\w.]+) (\d+)", stack.log("web1")):
        found[program].append(status)
    return found


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    """A client; skipped where it cannot run."""
    if lacks := missing(request.param):
        (pytest.fail if STRICT else pytest.skip)(f"needs {lacks}")
    return str(request.param)


def test_it_reads_every_event_once_and_in_order(program: str, outcome: Outcome) -> None:
    read = outcome.read[program]
    assert len(outcome.log) >= 20
    assert "reset" not in {event["event"] for event in read}
    assert once(read)[: len(outcome.log)] == outcome.log


def test_it_goes_on_from_its_last_event(program: str, outcome: Outcome) -> None:
    read = outcome.read[program]
    came_back = [(before["id"], event["id"]) for before, event in pairwise(read) if event["event"] == "ready"]
    assert came_back
    assert all(last == resumed for last, resumed in came_back)


def test_it_stops_for_good_after_the_logout(program: str, outcome: Outcome) -> None:
    *before, last = outcome.answers[program]
    assert last == "204"
    assert set(before) == {"200"}
