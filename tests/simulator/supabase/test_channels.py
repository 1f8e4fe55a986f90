"""A channel from its join to its end, and what its client can do in it."""

import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.conformance.supabase.client import Socket
from tests.support.supabase import Supabase, listener_token, publisher_token
from tests.support.waiting import eventually

TOPIC = "finito:topic"
CHANNEL = f"realtime:{TOPIC}"
SAID = {"type": "broadcast", "event": "frames", "payload": {"v": 1}}
VERSIONS = pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])


def reason_of_the_end(socket: Socket) -> str:
    """The system message, which phx_close must follow; the socket must live on."""
    why = socket.wait_for(lambda message: message.event == "system")
    assert (why.payload["status"], why.payload["channel"]) == ("error", TOPIC)
    socket.wait_for(lambda message: message.event == "phx_close")
    assert socket.ask("phoenix", "heartbeat", {}) == {"status": "ok", "response": {}}
    return str(why.payload["message"])


@VERSIONS
def test_it_ends_when_its_token_expires(version: str, supabase: Supabase) -> None:
    with supabase.listen(TOPIC, version, seconds=4) as socket:
        assert reason_of_the_end(socket).startswith("Token has expired ")
        assert supabase.state()["topics"] == []


@VERSIONS
def test_it_lives_on_with_a_new_token(version: str, supabase: Supabase) -> None:
    with supabase.listen(TOPIC, version, seconds=4) as socket:
        socket.push(CHANNEL, "access_token", {"access_token": listener_token(TOPIC)})
        time.sleep(5.5)  # past the first one's end
        supabase.broadcast(TOPIC, {"v": 1}, publisher_token())
        assert socket.hear(TOPIC) == {"v": 1}
        assert [message.event for message in socket.received] == ["phx_reply", "broadcast"]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (
            lambda: listener_token("finito:other"),
            f"You do not have permissions to read from this Channel topic: {TOPIC}",
        ),
        (lambda: listener_token(TOPIC, seconds=-1), "Token has expired "),
        (lambda: "garbage", "The token provided is not a valid JWT"),
    ],
)
def test_it_ends_with_a_token_that_gives_no_right(token: object, reason: str, supabase: Supabase) -> None:
    assert callable(token)
    with supabase.listen(TOPIC) as socket:
        socket.push(CHANNEL, "access_token", {"access_token": token()})
        assert reason_of_the_end(socket).startswith(reason)


def test_it_takes_no_notice_of_a_token_that_is_none(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as socket:
        for token in (None, "sb_publishable_simulator", 7):
            socket.push(CHANNEL, "access_token", {"access_token": token})
        supabase.broadcast(TOPIC, {"v": 1}, publisher_token())
        assert socket.hear(TOPIC) == {"v": 1}


def test_it_looks_again_whether_the_key_is_trusted(supabase: Supabase) -> None:
    supabase.change(token_check_seconds=0.2)
    with supabase.listen(TOPIC) as socket:
        supabase.change(signing_keys=[])
        assert reason_of_the_end(socket).startswith("Failed to generate JWT signer")


@VERSIONS
def test_it_hears_nothing_after_leaving(version: str, supabase: Supabase) -> None:
    with supabase.listen(TOPIC, version) as socket:
        assert socket.ask(CHANNEL, "phx_leave", {})["status"] == "ok"
        supabase.broadcast(TOPIC, {"v": 1}, publisher_token())
        assert socket.join(TOPIC, listener_token(TOPIC)) == "ok"
        supabase.broadcast(TOPIC, {"v": 2}, publisher_token())
        assert socket.hear(TOPIC) == {"v": 2}


def test_it_replaces_a_channel_that_joins_again(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as socket:
        assert socket.join(TOPIC, listener_token(TOPIC)) == "ok"
        supabase.broadcast(TOPIC, {"v": 1}, publisher_token())
        assert socket.hear(TOPIC) == {"v": 1}
        assert [message.event for message in socket.received].count("phx_close") == 1
        assert socket.receive(0.2) is None


@VERSIONS
def test_it_lets_clients_speak_where_the_policies_do(version: str, supabase: Supabase) -> None:
    with supabase.listen(TOPIC, version) as page, supabase.connect(version) as public, supabase.connect() as other:
        page.push(CHANNEL, "broadcast", SAID)  # dropped without a word
        assert public.join(TOPIC, private=False, ack=True, echo=True) == other.join(TOPIC, private=False) == "ok"
        assert public.ask(CHANNEL, "broadcast", SAID)["status"] == "ok"
        assert other.hear(TOPIC) == {"v": 1}
        assert [message.event for message in public.received] == ["phx_reply", "broadcast", "phx_reply"]
        assert [message.event for message in page.received] == ["phx_reply"]


def test_it_answers_what_belongs_to_no_channel(supabase: Supabase) -> None:
    with supabase.connect() as socket:
        answer = socket.ask(CHANNEL, "broadcast", SAID)
        assert answer == {"status": "error", "response": {"reason": "unmatched topic"}}
        assert socket.ask(CHANNEL, "phx_leave", {})["status"] == "ok"
        assert socket.ask("elsewhere", "phx_join", {})["response"] == {"reason": "unmatched topic"}


def test_it_forgets_a_client_that_has_gone(supabase: Supabase) -> None:
    with supabase.listen(TOPIC):
        assert supabase.state()["clients"] == 1
        assert supabase.state()["topics"] == [{"topic": TOPIC, "private": True, "channels": 1}]
    eventually(lambda: supabase.state()["sockets"] == 0)
    assert supabase.state()["topics"] == []


def test_it_closes_a_socket_that_says_nothing(supabase: Supabase) -> None:
    supabase.change(idle_seconds=0.3)
    with supabase.connect() as socket, pytest.raises(ConnectionClosed) as closed:
        socket.receive(20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000
