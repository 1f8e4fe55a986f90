"""What the project takes over HTTP, and what it refuses."""

from tests.conformance.supabase.target import Target, expect
from tests.conformance.supabase.tokens import mint, private_jwk

STRANGER = private_jwk("a-stranger")


def it_takes_a_broadcast_of_the_publisher(target: Target) -> None:
    """A broadcast with our token is taken. Mend: 401: {KEY}; 403 or 422: {POLICIES}; 404: a server from 2.97 on."""
    expect(target.post(target.new_topic(), {"v": 1}, target.publisher()), 202)


def it_tells_the_rate(target: Target) -> None:
    """Each answer tells the limit. Mend: none; without the headers we learn of the limit by being refused."""
    answer = target.post(target.new_topic(), {"v": 1}, target.publisher())
    told = {name: answer.headers.get(name) for name in ("x-rate-limit", "x-rate-limit-remaining", "x-rate-rolling")}
    assert all(told.values()), f"it told {told}"


def it_refuses_a_broadcast_without_a_token(target: Target) -> None:
    """The publishable key alone cannot broadcast. Mend: {WIDE}."""
    expect(target.post(target.new_topic(), {"v": 1}), 401, 403)


def it_refuses_a_broadcast_of_a_listener(target: Target) -> None:
    """A page's token cannot broadcast. Mend: {WIDE}."""
    topic = target.new_topic()
    expect(target.post(topic, {"v": 1}, target.listener(topic)), 403)


def it_refuses_a_broadcast_to_a_topic_that_is_not_ours(target: Target) -> None:
    """Our own token cannot broadcast elsewhere. Mend: {WIDE}."""
    expect(target.post("room:1", {"v": 1}, target.publisher()), 403)


def it_refuses_a_broadcast_signed_by_a_stranger(target: Target) -> None:
    """Another key's token is refused, though it says the same. Mend: rotate the signing keys."""
    expect(target.post(target.new_topic(), {"v": 1}, mint(STRANGER, finito_publisher=True)), 401)


def it_refuses_a_broadcast_with_an_expired_token(target: Target) -> None:
    """An expired token is refused. Mend: look at the clock of this machine."""
    expect(target.post(target.new_topic(), {"v": 1}, target.publisher(seconds=-5)), 401)


def it_refuses_a_token_without_a_role(target: Target) -> None:
    """A token without `role` is refused. Mend: none; the server is another one than we know."""
    expect(target.post(target.new_topic(), {"v": 1}, target.publisher(role=None)), 401)


STEPS = (
    it_takes_a_broadcast_of_the_publisher,
    it_tells_the_rate,
    it_refuses_a_broadcast_without_a_token,
    it_refuses_a_broadcast_of_a_listener,
    it_refuses_a_broadcast_to_a_topic_that_is_not_ours,
    it_refuses_a_broadcast_signed_by_a_stranger,
    it_refuses_a_broadcast_with_an_expired_token,
    it_refuses_a_token_without_a_role,
)
