"""What comes of a broadcast, and how long a channel lives."""

import time

from tests.conformance.supabase.client import Silence, Socket
from tests.conformance.supabase.target import Target, expect

HOSTILE = {
    "v": 1,
    "text": "line\u2028 \u0085 \U0001f600 \u202e \\ \" ' </script> %00",
    "deep": [[{"a": None}]],
    "n": 2**53,
}
QUIET_SECONDS = 2.0  # long enough for a message that must not come


def it_delivers_what_was_posted(target: Target) -> None:
    """A listener of 1.0.0 hears the payload as it was posted. Mend: the join: {POLICIES}; silence: region or outage."""
    _delivers(target, "1.0.0")


def it_delivers_the_same_in_the_second_protocol(target: Target) -> None:
    """A listener of 2.0.0 hears the same. Mend: none; Finito's page speaks 1.0.0."""
    _delivers(target, "2.0.0")


def _delivers(target: Target, version: str) -> None:
    topic = target.new_topic()
    with target.listen(topic, version) as socket:
        expect(target.post(topic, HOSTILE, target.publisher()), 202)
        heard = socket.hear(topic)
    assert heard == HOSTILE, f"came as {heard}"


def it_keeps_the_order_of_one_sender(target: Target) -> None:
    """Ten broadcasts, each after the answer to the last, arrive in order. Mend: none; pages fall back to the stream."""
    topic, token = target.new_topic(), target.publisher()
    with target.listen(topic) as socket:
        for number in range(10):
            expect(target.post(topic, {"n": number}, token), 202)
        heard = [socket.hear(topic)["n"] for _ in range(10)]
    assert heard == list(range(10)), f"came as {heard}"


def it_keeps_public_and_private_topics_apart(target: Target) -> None:
    """A public topic of the same name neither hears nor speaks. Mend: turn on "private channels only" as well."""
    topic = target.new_topic()
    with target.listen(topic) as private, target.connect() as public:
        answer = public.join(topic, private=False)
        assert answer == "ok" or answer.startswith("PrivateOnly"), f"the join was answered: {answer}"
        target.post(topic, {"from": "a stranger"}, private=False)
        expect(target.post(topic, {"from": "us"}, target.publisher()), 202)
        assert private.hear(topic) == {"from": "us"}
        _silent(public, topic, {"from": "us"})


def it_lets_listeners_say_nothing(target: Target) -> None:
    """A page cannot speak into its topic. Mend: {WIDE}."""
    topic = target.new_topic()
    with target.listen(topic) as one, target.listen(topic) as other:
        said = {"type": "broadcast", "event": "frames", "payload": {"from": "a page"}}
        one.push(f"realtime:{topic}", "broadcast", said)
        _silent(other, topic, {"from": "a page"})


def _silent(socket: Socket, topic: str, unwanted: object) -> None:
    try:
        heard = socket.hear(topic, QUIET_SECONDS)
    except Silence:
        return
    assert heard != unwanted, f"it heard {heard}"


def it_answers_heartbeats_and_takes_a_new_token(target: Target) -> None:
    """A socket that beats and renews its token outlives the first one. Mend: none; pages fall back to the stream."""
    topic = target.new_topic()
    with target.listen(topic, seconds=4) as socket:
        assert socket.ask("phoenix", "heartbeat", {})["status"] == "ok"
        socket.push(f"realtime:{topic}", "access_token", {"access_token": target.listener(topic)})
        time.sleep(6)
        expect(target.post(topic, {"v": 1}, target.publisher()), 202)
        assert socket.hear(topic) == {"v": 1}


def it_ends_a_channel_when_its_token_expires(target: Target) -> None:
    """A token that runs out ends its channel at once, with a word. Mend: none; logout then rests on the seal."""
    topic = target.new_topic()
    with target.listen(topic, seconds=4) as socket:
        why = socket.wait_for(lambda message: message.event == "system")
        assert "expired" in why.payload["message"], why.payload
        socket.wait_for(lambda message: message.event == "phx_close")
        assert socket.ask("phoenix", "heartbeat", {})["status"] == "ok", "the socket has ended with it"


STEPS = (
    it_delivers_what_was_posted,
    it_delivers_the_same_in_the_second_protocol,
    it_keeps_the_order_of_one_sender,
    it_keeps_public_and_private_topics_apart,
    it_lets_listeners_say_nothing,
    it_answers_heartbeats_and_takes_a_new_token,
    it_ends_a_channel_when_its_token_expires,
)
