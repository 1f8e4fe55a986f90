"""The helpers that the flow tests stand on."""

from tests.support.live import Stack
from tests.support.live_clients import SignedIn


def test_it_carries_a_mail_from_the_simulator_to_a_stream_on_another_web(
    shared: Stack, user: SignedIn, email: str
) -> None:
    with user.stream(web=1) as stream:
        stream.wait_for("ready")
        (message_id,) = shared.simulator.deliver(email, subject="Hello")
        added = stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["id"] == message_id)
    assert added.payload["message"]["subject"] == "Hello"
