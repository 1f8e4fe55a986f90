"""Who may open a socket, and who may join a channel."""

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conformance.supabase.client import Socket
from tests.conformance.supabase.tokens import mint, private_jwk
from tests.support.supabase import Supabase, listener_token, publisher_token

TOPIC = "finito:topic"
VERSIONS = pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])


@VERSIONS
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (lambda: listener_token(TOPIC), "ok"),
        (lambda: listener_token("finito:other"), "Unauthorized: You do not have permissions to read from this Chan"),
        (lambda: publisher_token(), "Unauthorized: "),
        (lambda: listener_token(TOPIC, role="anon"), "Unauthorized: "),
        (lambda: listener_token(TOPIC, role="nobody"), "Unauthorized: "),
        (lambda: "", "Unauthorized: "),
        (lambda: "sb_publishable_simulator", "Unauthorized: "),
        (lambda: listener_token(TOPIC, seconds=-7), "InvalidJWTToken: Token has expired "),
        (lambda: listener_token(TOPIC, role=None), "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
        (lambda: mint(private_jwk("finito-tests"), finito_topic=TOPIC), "JwtSignatureError: "),
        (
            lambda: mint(private_jwk("another"), finito_topic=TOPIC),
            "JwtSignerError: Failed to generate JWT signer for k",
        ),
        (lambda: "not.a.token", "MalformedJWT: "),
    ],
)
def test_it_says_why_it_refuses(version: str, token: Any, reason: str, supabase: Supabase) -> None:
    with supabase.connect(version) as socket:
        answer = socket.join(TOPIC, token())
    assert answer.startswith(reason)
    (join,) = supabase.state()["joins"]
    assert (join["topic"], join["private"], join["reason"]) == (
        f"realtime:{TOPIC}",
        True,
        answer if answer != "ok" else "",
    )


def test_it_lets_anybody_into_a_public_channel(supabase: Supabase) -> None:
    with supabase.connect() as socket:
        assert socket.join(TOPIC, private=False) == "ok"
        supabase.change(private_only=True)
        assert socket.join("finito:other", private=False).startswith("PrivateOnly: ")


def test_it_refuses_a_socket_with_a_status(supabase: Supabase) -> None:
    for url, key, version, status in [
        (supabase.websocket_url, "sb_publishable_other", "1.0.0", 401),
        (supabase.websocket_url, "", "1.0.0", 401),
        (supabase.websocket_url, supabase.publishable_key, "3.0.0", 403),
    ]:
        with pytest.raises(InvalidStatus) as refused:
            Socket(url, key, version)
        assert refused.value.response.status_code == status


def test_it_opens_for_a_token_in_place_of_the_key(supabase: Supabase) -> None:
    with Socket(supabase.websocket_url, listener_token(TOPIC)) as socket:
        assert socket.join(TOPIC) == "ok"


def test_it_counts_clients_by_their_first_join(supabase: Supabase) -> None:
    supabase.change(clients=1)
    with supabase.connect() as early, supabase.listen(TOPIC) as socket:
        assert early.join(TOPIC, listener_token(TOPIC)) == "ConnectionRateLimitReached: Too many connected users"
        assert socket.join("finito:b", listener_token("finito:b")) == "ok"
        with pytest.raises(InvalidStatus) as refused:
            supabase.connect()
    assert refused.value.response.status_code == 429


def test_it_bounds_the_channels_of_a_socket(supabase: Supabase) -> None:
    supabase.change(channels_per_client=1)
    with supabase.listen(TOPIC) as socket:
        assert socket.join("finito:b", listener_token("finito:b")) == "ChannelRateLimitReached: Too many channels"


def test_it_ends_the_socket_that_joins_too_fast(supabase: Supabase) -> None:
    supabase.change(joins_per_second=0.001)
    with supabase.listen(TOPIC) as socket:
        supabase.simulator.sim("POST", "clock", advance=6)
        reason = socket.join("finito:b", listener_token("finito:b"))
        assert reason == "ClientJoinRateLimitReached: Too many joins per second"
        with pytest.raises(ConnectionClosed):
            socket.receive(10)
        with pytest.raises(InvalidStatus):
            supabase.connect()


def test_it_keeps_the_whole_socket_waiting_for_a_refusal(supabase: Supabase) -> None:
    supabase.change(error_seconds=0.5)
    with supabase.connect() as socket:
        refused = socket.push(f"realtime:{TOPIC}", "phx_join", {"config": {"private": True}})
        heartbeat = socket.push("phoenix", "heartbeat", {})
        socket.wait_for(lambda message: message.ref == heartbeat)
    assert [message.ref for message in socket.received] == [refused, heartbeat]


def test_it_refuses_as_slowly_as_the_server_unless_told_otherwise(supabase: Supabase) -> None:
    supabase.simulator.sim("DELETE", "supabase")
    settings = supabase.state()["settings"]
    assert (settings["error_seconds"], settings["refusal_seconds"]) == (5, 2)
