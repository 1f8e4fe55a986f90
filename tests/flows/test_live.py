"""The helpers that the flow tests stand on."""

from tests.support.live import Stack


def test_it_carries_a_mail_from_the_simulator_to_a_stream_on_another_web(stack: Stack) -> None:
    ann = stack.sign_in("ann")
    ann.connect("ann@gmail.example", messages=3)
    with ann.stream(web=1) as stream:
        stream.wait_for("ready")
        (message_id,) = stack.simulator.deliver("ann@gmail.example", subject="Hello")
        added = stream.wait_for("message.added", where=lambda frame: frame.payload["message"]["id"] == message_id)
    assert added.payload["message"]["subject"] == "Hello"
