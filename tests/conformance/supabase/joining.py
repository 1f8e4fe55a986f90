"""Whom the project lets hear, and whom not."""

from websockets.exceptions import InvalidStatus

from tests.conformance.supabase.target import Target
from tests.conformance.supabase.tokens import mint, private_jwk

STRANGER = private_jwk("a-stranger")


def it_refuses_a_socket_with_a_wrong_key(target: Target) -> None:
    """No WebSocket without the publishable key. Mend: none; nobody loses by it."""
    try:
        target.connect(key="sb_publishable_wrong").__exit__(None, None, None)
    except InvalidStatus as refused:
        status = refused.response.status_code
    else:
        status = 101
    assert status in (401, 403), f"the handshake was answered {status}"


def it_refuses_a_join_without_a_token(target: Target) -> None:
    """Nobody hears a private topic with the publishable key alone. Mend: {WIDE}."""
    _answers(target, target.new_topic(), "", "Unauthorized")


def it_refuses_a_foreign_topic(target: Target) -> None:
    """A page's token hears its own topic and no other. Mend: {WIDE}."""
    _answers(target, target.new_topic(), target.listener(target.new_topic()), "Unauthorized")


def it_refuses_a_join_signed_by_a_stranger(target: Target) -> None:
    """Another key's token hears nothing. Mend: rotate the signing keys."""
    topic = target.new_topic()
    _answers(target, topic, mint(STRANGER, finito_topic=topic), "Jwt")


def it_refuses_a_join_with_an_expired_token(target: Target) -> None:
    """An expired token hears nothing, and the answer says so. Mend: look at the clock of this machine."""
    topic = target.new_topic()
    _answers(target, topic, target.listener(topic, seconds=-5), "InvalidJWTToken")


def _answers(target: Target, topic: str, token: str, wanted: str) -> None:
    with target.connect() as socket:
        reason = socket.join(topic, token)
    assert reason.startswith(wanted), f"the join was answered: {reason}"


STEPS = (
    it_refuses_a_socket_with_a_wrong_key,
    it_refuses_a_join_without_a_token,
    it_refuses_a_foreign_topic,
    it_refuses_a_join_signed_by_a_stranger,
    it_refuses_a_join_with_an_expired_token,
)
