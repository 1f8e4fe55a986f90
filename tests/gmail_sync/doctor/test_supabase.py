"""The doctor's look at Supabase: both ends on a real wire, and each mistake of an owner is one line with its mend."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.sync.server import ServerConnection, serve

from gmail_sync.doctor import supabase as check
from gmail_sync.doctor.report import Finding
from gmail_sync.doctor.supabase_faults import of_post
from realtime.transport.supabase.project import SigningKey
from tests.conformance.supabase.tokens import private_jwk
from tests.support.environment import NOBODY
from tests.support.supabase import SIGNING_KEY, Supabase, supabase_at

SQL = "docs/supabase.sql"
Plant = Callable[[Supabase, Any], object]


@pytest.fixture
def project(supabase: Supabase, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Supabase:
    """A project in which all is well, and which is ours; it is given the time that a slow machine needs."""
    monkeypatch.setattr(check, "POST_SECONDS", 30.0)
    monkeypatch.setattr(check, "HEAR_SECONDS", 30.0)
    supabase.change(private_only=True)
    for name, value in supabase_at(supabase.url).items():
        setattr(settings, name, value)
    return supabase


def findings() -> list[Finding]:
    return list(check.probe())


def sets(name: str, value: str) -> Plant:
    return lambda _, settings: setattr(settings, name, value)


def changes(**what: Any) -> Plant:
    return lambda project, _: project.change(**what)


def fails(method: str, **what: Any) -> Plant:
    return lambda project, _: project.fault(method, **what)


# fmt: off
FAULTS: dict[str, tuple[Plant, str, str]] = {
    "nobody there": (sets("SUPABASE_URL", NOBODY), "cannot be reached", "Copy the Project URL"),
    "no TLS": (lambda p, s: setattr(s, "SUPABASE_URL", p.url.replace("http:", "https:")),
               "cannot be reached (SSLError)", "Copy the Project URL"),
    "key not imported": (changes(signing_keys=[private_jwk("another")]),
                         "does not trust the key with the kid finito-tests", "import SUPABASE_SIGNING_KEY"),
    "another legacy secret": (sets("SUPABASE_SIGNING_KEY", "s" * 40),
                              "signed by HS256 without a kid", "legacy JWT secret"),
    "no policies": (changes(policy="none"), "(403): no INSERT policy", SQL),
    "RLS error": (fails("broadcast", status=422, message="RLS policy error"), "(422): no INSERT policy", SQL),
    "older than 2.97": (fails("broadcast", status=404), "older than 2.97", "update the self-hosted image"),
    "over the plan": (changes(events_per_second=0), "(429; x-rate-limit 0, x-rate-limit-remaining", "a bigger plan"),
    "suspended": (fails("broadcast", status=402), "refused (402).", "not suspended"),
    "paused": (fails("broadcast", status=540), "refused (540).", "restore it"),
    "being started": (fails("broadcast", status=422, message="initializing"), "being started", "in a minute"),
    "publishable key": (sets("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_other"),
                        "does not know SUPABASE_PUBLISHABLE_KEY", "project's API keys"),
    "clients of the plan at the door": (changes(clients=0), "no more clients or joins", "a bigger plan"),
    "clients of the plan": (fails("join", message="ConnectionRateLimitReached: no"), "no more clients.", "bigger plan"),
    "joins of the plan": (fails("join", message="ClientJoinRateLimitReached: no"), "more joins a second", "plan"),
    "no SELECT policy": (fails("join", message="Unauthorized: no"), "no SELECT policy", SQL),
    "key that only joins miss": (fails("join", message="JwtSignerError: no"), "kid finito-tests", "API_JWT_JWKS"),
    "Realtime turned off": (fails("join", message="RealtimeDisabledForTenant: no"), "Disabled", "turn Realtime on"),
    "policy too wide": (changes(policy="open"),
                        "critical: a policy of realtime.messages is too wide: a page may hear the topics of others and "
                        "may post", "drop every one but finito_listen and finito_publish"),
    "public topics": (changes(private_only=False), "may join public topics", "private channels only"),
    "taken and not delivered": (fails("delivery", drop=True), "taken (202), and not heard", "region"),
}
# fmt: on


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.django_db
def test_it_finds_each_fault_alone_and_its_mend(
    project: Supabase, settings: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "taken and not delivered":
        monkeypatch.setattr(check, "HEAR_SECONDS", 0.5)
    plant, said, mend = FAULTS[name]
    plant(project, settings)
    (found,) = findings()
    assert (found.status, said in found.said, mend in found.mend) == ("fault", True, True), found.line()
    assert "\n" not in found.line()


def test_it_tells_how_long_a_message_takes_where_all_is_well(project: Supabase) -> None:
    (found,) = findings()
    assert (found.status, found.check) == ("ok", "supabase"), found.line()
    assert "a page hears what is posted, after " in found.said


def test_it_leaves_the_topics_of_pages_alone(project: Supabase) -> None:
    with project.listen("finito:a-page") as page:
        findings()
        assert not [message for message in page.received if message.event == "broadcast"]
    posted = {post["topic"]: post["payload"] for post in project.posts()}
    assert (len(posted), list(posted.values())) == (1, [{"v": 1}])


def test_it_knows_a_server_that_is_something_else(project: Supabase, settings: Any) -> None:
    def say_nonsense(socket: ServerConnection) -> None:
        socket.recv()
        socket.send("Welcome!")

    with serve(say_nonsense, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.SUPABASE_URL = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        (found,) = findings()
        server.shutdown()
    assert (found.status, "SUPABASE_URL" in found.mend) == ("fault", True), found.line()


def test_it_compares_the_clocks_by_the_answers_date(project: Supabase) -> None:
    project.simulator.sim("POST", "clock", advance=60)
    try:
        (found,) = findings()
    finally:
        project.simulator.sim("POST", "clock", advance=-60)
    assert "behind Supabase's time" in found.said
    assert found.mend == "sudo timedatectl set-ntp true"


def test_it_ends_within_its_time_though_refusals_are_slow(project: Supabase) -> None:
    project.change(error_seconds=5, refusal_seconds=2)
    began = time.monotonic()
    (found,) = findings()
    assert (found.status, time.monotonic() - began < 10) == ("ok", True)


@pytest.mark.parametrize(
    ("percent", "limit", "rolling", "fits"),
    [
        *((50, 100, 100, 16), (10, 500, 100, 9), (0, 100, 100, 0), (50, 0, 0, 0)),
        *((50, "inf", 1, 0), (50, 1, "nan", 0), (50, "nan", "nan", 0), (50, "x", 1, 0)),
    ],
)
def test_it_names_a_percent_that_fits_the_plan(percent: int, limit: Any, rolling: Any, fits: int) -> None:
    headers = {"x-rate-limit": f"{limit}", "x-rate-limit-remaining": "0", "x-rate-rolling": f"{rolling}"}
    found = of_post(httpx.Response(429, headers=headers), SigningKey("", "HS256", ""), percent)
    assert found is not None
    said, mend = found
    assert f"x-rate-limit {limit}, x-rate-limit-remaining 0, x-rate-rolling {rolling}" in said
    assert re.findall(r"transport on --percent (\d+)`", mend) == ([str(fits)] if fits else [])


def test_no_finding_holds_a_key(project: Supabase, settings: Any) -> None:
    settings.SUPABASE_SIGNING_KEY = SIGNING_KEY
    project.change(signing_keys=[private_jwk("another")])
    (found,) = findings()
    assert not [part for part in ("sb_publishable", '"d"', "eyJ") if part in found.line()]
