"""Broadcasts over HTTP: what is delivered, what each status means, and what is remembered."""

from typing import Any

import httpx
import pytest

from tests.conformance.supabase.client import Message
from tests.conformance.supabase.tokens import mint, private_jwk
from tests.support.supabase import PUBLISHABLE_KEY, SIGNING_KEY, Supabase, listener_token, publisher_token

TOPIC = "finito:topic"
PAYLOAD = {"v": 1, "text": '\u2028 \U0001f600 \\ " </script>'}
SINGLE = f"/realtime/v1/api/broadcast/{TOPIC}/events/frames"


def batch(payload: Any = PAYLOAD, **more: Any) -> list[dict[str, Any]]:
    return [{"topic": TOPIC, "event": "frames", "payload": payload, "private": True, **more}]


def post(supabase: Supabase, token: str = "", **more: Any) -> httpx.Response:
    headers = {"apikey": PUBLISHABLE_KEY, "Authorization": f"Bearer {token or publisher_token()}"}
    headers |= more.pop("headers", {})
    return supabase.simulator.http.post(SINGLE, params={"private": "true"}, headers=headers, **more)


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_it_delivers_the_same_by_both_addresses(version: str, supabase: Supabase) -> None:
    with supabase.listen(TOPIC, version) as socket:
        assert supabase.broadcast(TOPIC, PAYLOAD, publisher_token()).status_code == 202
        assert supabase.broadcast_batch(batch(), publisher_token()).status_code == 202
        one, other = socket.next_broadcast(TOPIC), socket.next_broadcast(TOPIC)
    assert one.payload == other.payload == {"type": "broadcast", "event": "frames", "payload": PAYLOAD}
    assert (one.binary, other.binary) == (version == "2.0.0", False)


def test_it_delivers_bytes_to_the_second_protocol_alone(supabase: Supabase) -> None:
    with supabase.listen(TOPIC, "1.0.0") as first, supabase.listen(TOPIC, "2.0.0") as second:
        assert post(supabase, content=b"\0\1", headers={"Content-Type": "application/octet-stream"}).status_code == 202
        supabase.broadcast(TOPIC, PAYLOAD, publisher_token())
        assert (first.hear(TOPIC), second.hear(TOPIC)) == (PAYLOAD, b"\0\1")


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (lambda: publisher_token(), 202),
        (lambda: publisher_token(finito_publisher="true"), 202),
        (lambda: publisher_token(finito_publisher=False), 403),
        (lambda: listener_token(TOPIC), 403),
        (lambda: publisher_token(role="anon"), 403),
        (lambda: publisher_token(role="nobody"), 422),
        (lambda: publisher_token(role=None), 401),
        (lambda: publisher_token(exp=None), 401),
        (lambda: publisher_token(seconds=-1), 401),
        (lambda: mint(private_jwk("finito-tests"), finito_publisher=True), 401),
        (lambda: mint(private_jwk("another"), finito_publisher=True), 401),
        (lambda: mint("a legacy secret that nobody has given to it", finito_publisher=True), 401),
        (lambda: "sb_secret_simulator", 401),
        (lambda: "not.a.token", 401),
    ],
)
def test_it_answers_honestly_by_the_single_address(token: Any, status: int, supabase: Supabase) -> None:
    assert supabase.broadcast(TOPIC, PAYLOAD, token()).status_code == status


def test_it_takes_the_legacy_secret_beside_the_imported_key(supabase: Supabase) -> None:
    secret = "a legacy secret of thirty-two bytes or more"
    supabase.change(signing_key=secret)
    for key in (secret, SIGNING_KEY):
        assert supabase.broadcast(TOPIC, PAYLOAD, mint(key, finito_publisher=True)).status_code == 202


def test_it_lets_the_secret_key_pass_by_the_policies(supabase: Supabase) -> None:
    key = {"apikey": "sb_secret_simulator", "Authorization": ""}
    assert post(supabase, json=PAYLOAD, headers=key).status_code == 202
    assert post(supabase, json=PAYLOAD, headers={**key, "apikey": "sb_secret_other"}).status_code == 401


def test_it_says_202_to_a_batch_that_it_drops(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as socket:
        assert supabase.broadcast_batch(batch({"refused": 1}), listener_token(TOPIC)).status_code == 202
        assert supabase.broadcast_batch(batch({"refused": 2}), publisher_token(role="nobody")).status_code == 202
        assert supabase.broadcast_batch(batch({"public": 3}, private=False), publisher_token()).status_code == 202
        supabase.broadcast(TOPIC, PAYLOAD, publisher_token())
        assert socket.hear(TOPIC) == PAYLOAD


@pytest.mark.parametrize("messages", [[], [{"topic": TOPIC, "event": "e", "payload": [1]}], [{"topic": TOPIC}], ["x"]])
def test_it_refuses_a_batch_that_it_cannot_read(messages: Any, supabase: Supabase) -> None:
    assert supabase.broadcast_batch(messages, publisher_token()).status_code == 422


def test_it_refuses_bodies_that_it_cannot_take(supabase: Supabase) -> None:
    supabase.change(payload_kilobytes=1)
    assert post(supabase, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert post(supabase, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert post(supabase, json={"long": "x" * 1600}).status_code == 422
    assert post(supabase, json=PAYLOAD).status_code == 202


def test_it_remembers_what_was_posted(supabase: Supabase) -> None:
    supabase.broadcast(TOPIC, PAYLOAD, publisher_token(), event="other")
    supabase.broadcast(TOPIC, PAYLOAD, listener_token(TOPIC))
    supabase.broadcast_batch(batch(), publisher_token())
    posts = supabase.posts(TOPIC)
    assert [(post["event"], post["status"], post["single"]) for post in posts] == [
        ("other", 202, True),
        ("frames", 403, True),
        ("frames", 202, False),
    ]
    assert posts[0]["payload"] == PAYLOAD
    assert posts[0]["headers"]["apikey"] == PUBLISHABLE_KEY
    supabase.forget_posts()
    assert supabase.posts() == []


def test_it_speaks_for_a_test_without_a_policy(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as socket:
        supabase.send(TOPIC, "garbage")
        heard = socket.next_broadcast(TOPIC)
    assert heard == Message(
        f"realtime:{TOPIC}", "broadcast", {"type": "broadcast", "event": "frames", "payload": "garbage"}, None
    )
