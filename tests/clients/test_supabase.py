"""Supabase's own clients find in the simulator the server that they know: one script for each, in both protocols,
in Node, in Chromium and in Python."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from launcher.chromium import CHROMIUM
from tests.clients.programs import PYTHON, Obedient, PageProgram, Program
from tests.clients.readers import INSTALLED
from tests.conformance.supabase.tokens import mint, private_jwk
from tests.support.environment import STRICT
from tests.support.supabase import PUBLISHABLE_KEY, Supabase, listener_token, publisher_token
from tests.support.waiting import eventually

TOPIC = "finito:topic"
PAYLOAD = {"v": 1, "text": '\u2028 \U0001f600 \\ " </script>', "deep": [[{"a": None}]]}
CLIENTS = [
    *[(f"with_realtime_js.{place}", version) for place in ("mjs", "html") for version in ("1.0.0", "2.0.0")],
    ("with_realtime.py", "1.0.0"),  # it speaks no other
]


def missing(program: str) -> str:
    """Return what this machine lacks to run the program; empty if nothing."""
    if program.endswith(".py"):
        return "" if PYTHON.exists() else "Supabase's client for Python: bin/test installs it"
    if program.endswith(".html") and CHROMIUM is None:
        return "Chromium: apt-get install chromium"
    return "" if INSTALLED.exists() else "npm packages: bin/test installs them"


@pytest.fixture(params=CLIENTS, ids=" ".join)
def client(request: pytest.FixtureRequest, supabase: Supabase) -> Iterator[Obedient]:
    program, version = request.param
    if lacks := missing(program):
        (pytest.fail if STRICT else pytest.skip)(f"needs {lacks}")
    arguments = program, supabase.url, PUBLISHABLE_KEY, version
    in_page = program.endswith(".html")
    with PageProgram(request.getfixturevalue("chromium"), *arguments) if in_page else Program(*arguments) as running:
        yield running


def join(client: Obedient, topic: str = TOPIC, token: str = "", private: bool = True) -> None:
    client.obey("join", topic=topic, isPrivate=private, token=token or listener_token(topic))


def reason_of_the_end(client: Obedient) -> str:
    """The system message: one client passes it on, the other tells of an error of the channel."""
    client.wait_for("CLOSED")
    return str([line for line in client.told if line["what"] in ("system", "CHANNEL_ERROR")])


def test_it_hears_what_was_posted(client: Obedient, supabase: Supabase) -> None:
    join(client)
    client.wait_for("SUBSCRIBED")
    supabase.broadcast(TOPIC, PAYLOAD, publisher_token())
    message = {"topic": TOPIC, "event": "frames", "payload": PAYLOAD, "private": True}
    supabase.broadcast_batch([message, {**message, "payload": {"v": 2}}], publisher_token())
    heard = client.wait_for("heard", 3)
    assert [line["payload"] for line in heard] == [PAYLOAD, PAYLOAD, {"v": 2}]
    assert {line["event"] for line in heard} == {"frames"}


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (lambda: listener_token("finito:other"), "Unauthorized"),
        (lambda: publisher_token(), "Unauthorized"),
        (lambda: listener_token(TOPIC, role="anon"), "Unauthorized"),
        (lambda: mint(private_jwk("another"), finito_topic=TOPIC), "JwtSignerError"),
        (lambda: mint(private_jwk("finito-tests"), finito_topic=TOPIC), "JwtSignatureError"),
        (lambda: listener_token(TOPIC, role=None), "InvalidJWTToken"),
    ],
)
def test_it_is_refused_for_its_token(token: Any, reason: str, client: Obedient) -> None:
    join(client, token=token())
    assert reason in client.wait_for("CHANNEL_ERROR")[0]["reason"]


def test_it_hears_nothing_private_in_a_public_channel(client: Obedient, supabase: Supabase) -> None:
    join(client, private=False)
    client.wait_for("SUBSCRIBED")
    supabase.broadcast(TOPIC, {"for": "one"}, publisher_token())
    supabase.broadcast(TOPIC, {"for": "all"}, publisher_token(), private=False)
    assert [line["payload"] for line in client.wait_for("heard")] == [{"for": "all"}]


@pytest.mark.parametrize("private", [True, False])
def test_it_speaks_in_public_channels_alone(private: bool, client: Obedient, supabase: Supabase) -> None:
    join(client, private=private)
    client.wait_for("SUBSCRIBED")
    with supabase.listen(TOPIC) if private else supabase.connect() as other:
        if not private:
            assert other.join(TOPIC, private=False) == "ok"
        client.obey("say", topic=TOPIC, payload={"from": "a page"})
        client.obey("leave", topic=TOPIC)
        client.wait_for("left")
        supabase.send(TOPIC, {"from": "the test"}, private=private)
        heard = other.hear(TOPIC)
    assert heard == ({"from": "the test"} if private else {"from": "a page"})


def test_it_is_closed_when_its_token_expires(client: Obedient, supabase: Supabase) -> None:
    join(client, token=listener_token(TOPIC, seconds=8))
    client.wait_for("SUBSCRIBED")
    assert "Token has expired" in reason_of_the_end(client)
    assert supabase.state()["sockets"] == 1


def test_it_lives_on_with_a_new_token(client: Obedient, supabase: Supabase) -> None:
    join(client, token=listener_token(TOPIC, seconds=10))
    client.wait_for("SUBSCRIBED")
    client.obey("token", token=listener_token(TOPIC))
    time.sleep(12)  # past the first one's end
    supabase.broadcast(TOPIC, PAYLOAD, publisher_token())
    client.wait_for("heard")
    assert {line["what"] for line in client.told} == {"SUBSCRIBED", "heard"}


def test_it_is_closed_above_the_rate(client: Obedient, supabase: Supabase) -> None:
    join(client)
    client.wait_for("SUBSCRIBED")
    supabase.change(events_per_second=0)
    supabase.send(TOPIC, PAYLOAD)
    assert "Too many messages per second" in reason_of_the_end(client)


def test_it_comes_back_when_its_socket_breaks(client: Obedient, supabase: Supabase) -> None:
    join(client)
    client.wait_for("SUBSCRIBED")
    assert supabase.kill() == 1
    client.wait_for("SUBSCRIBED", 2)
    supabase.broadcast(TOPIC, PAYLOAD, publisher_token())
    assert client.wait_for("heard")[0]["payload"] == PAYLOAD


def test_it_hears_nothing_after_leaving(client: Obedient, supabase: Supabase) -> None:
    join(client)
    client.wait_for("SUBSCRIBED")
    client.obey("leave", topic=TOPIC)
    client.wait_for("left")
    eventually(lambda: supabase.state()["topics"] == [])
