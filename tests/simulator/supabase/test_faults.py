"""Faults on request: each does what it says, to whom it says, and the same seed does it again."""

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conformance.supabase.client import Silence
from tests.support.supabase import Supabase, listener_token, publisher_token
from tests.support.waiting import eventually

TOPIC, OTHER = "finito:topic", "finito:other"


def heard(supabase: Supabase, posts: int, topic: str = TOPIC) -> list[int]:
    """Post numbers; returns those that a listener heard, in its order, up to one that no fault meets."""
    with supabase.listen(topic) as socket:
        for number in range(posts):
            assert supabase.broadcast(topic, {"n": number}, publisher_token()).status_code == 202
        supabase.clear_faults()
        supabase.broadcast(topic, {"n": -1}, publisher_token())
        numbers: list[int] = []
        while -1 not in numbers:
            numbers.append(socket.hear(topic)["n"])
    return numbers[:-1]


def test_it_drops_a_share_of_the_deliveries(supabase: Supabase) -> None:
    supabase.fault("delivery", drop=True, percent=20, seed=7)
    first = heard(supabase, 50)
    assert first == sorted(set(first))
    assert 30 <= len(first) < 50
    assert supabase.state()["deliveries"] == {"sent": len(first) + 1, "dropped": 50 - len(first)}
    supabase.fault("delivery", drop=True, percent=20, seed=7)
    assert heard(supabase, 50) == first


def test_it_repeats_a_share_of_the_deliveries(supabase: Supabase) -> None:
    supabase.fault("delivery", duplicate=1, percent=30)
    numbers = heard(supabase, 50)
    assert sorted(set(numbers)) == list(range(50))
    assert len(numbers) == 50 + supabase.state()["deliveries"]["repeated"] > 50


def test_it_reorders_a_share_of_the_deliveries(supabase: Supabase) -> None:
    supabase.fault("delivery", reorder=True, percent=20)
    numbers = heard(supabase, 50)
    assert sorted(numbers) == list(range(50)) != numbers
    assert supabase.state()["deliveries"]["reordered"] > 0


def test_it_sends_at_last_what_waits_for_a_next_one(supabase: Supabase) -> None:
    supabase.fault("delivery", reorder=True)
    with supabase.listen(TOPIC) as socket:
        supabase.broadcast(TOPIC, {"n": 1}, publisher_token())
        assert socket.hear(TOPIC) == {"n": 1}


def test_it_delays_a_delivery(supabase: Supabase) -> None:
    supabase.fault("delivery", delay=0.5, times=1)
    with supabase.listen(TOPIC) as socket:
        for number in (1, 2):
            supabase.broadcast(TOPIC, {"n": number}, publisher_token())
        assert [socket.hear(TOPIC)["n"] for _ in range(2)] == [2, 1]


def test_it_meets_one_topic_only(supabase: Supabase) -> None:
    supabase.fault("delivery", drop=True, topic=OTHER)
    assert heard(supabase, 3) == [0, 1, 2]
    supabase.fault("delivery", drop=True, topic=OTHER)
    assert heard(supabase, 3, OTHER) == []


def test_it_says_202_and_delivers_nothing(supabase: Supabase) -> None:
    supabase.fault("broadcast", drop=True)
    assert heard(supabase, 3) == []
    assert [post["status"] for post in supabase.posts()] == [202] * 4


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500, 503])
def test_it_fails_the_next_posts(status: int, supabase: Supabase) -> None:
    supabase.fault("broadcast", status=status, times=2)
    statuses = [supabase.broadcast(TOPIC, {}, publisher_token()).status_code for _ in range(3)]
    assert statuses == [status, status, 202]
    assert [post["status"] for post in supabase.posts()] == statuses


def test_it_holds_a_post_back(supabase: Supabase) -> None:
    supabase.fault("broadcast", delay=0.5, times=1)
    supabase.broadcast(TOPIC, {}, publisher_token())
    (post,) = supabase.posts()
    assert post["answered_at"] - post["at"] >= 0.5


def test_it_breaks_every_socket(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as one, supabase.listen(OTHER, "2.0.0") as other:
        assert supabase.kill() == 2
        for socket in (one, other):
            with pytest.raises(ConnectionClosed) as closed:
                socket.receive(10)
            assert closed.value.rcvd is None  # no close frame: a browser sees 1006
    eventually(lambda: supabase.state()["sockets"] == 0)


def test_it_closes_a_channel_and_leaves_its_socket(supabase: Supabase) -> None:
    with supabase.listen(TOPIC) as socket:
        assert socket.join(OTHER, listener_token(OTHER)) == "ok"
        assert supabase.close(TOPIC, "Server requested disconnect") == 1
        why = socket.wait_for(lambda message: message.event == "system")
        assert why.payload["message"] == "Server requested disconnect"
        assert socket.wait_for(lambda message: message.event == "phx_close").topic == f"realtime:{TOPIC}"
        supabase.broadcast(OTHER, {"n": 1}, publisher_token())
        assert socket.hear(OTHER) == {"n": 1}


def test_it_refuses_handshakes(supabase: Supabase) -> None:
    supabase.fault("handshake", status=429, message="Too many connected users", times=1)
    with pytest.raises(InvalidStatus) as refused:
        supabase.connect()
    assert (refused.value.response.status_code, refused.value.response.body) == (
        429,
        b'{"error":"Too many connected users"}',
    )
    supabase.connect().__exit__(None, None, None)


def test_it_refuses_joins_and_leaves_them_unanswered(supabase: Supabase) -> None:
    supabase.fault("join", message="InitializingProjectConnection: Connecting to the project database", times=1)
    supabase.fault("join", drop=True, times=1)
    with supabase.connect() as socket:
        assert socket.join(TOPIC, listener_token(TOPIC)).startswith("InitializingProjectConnection: ")
        socket.push(f"realtime:{TOPIC}", "phx_join", {"access_token": listener_token(TOPIC)})
        assert socket.receive(0.3) is None
        assert socket.join(TOPIC, listener_token(TOPIC)) == "ok"


def test_it_leaves_heartbeats_unanswered(supabase: Supabase) -> None:
    supabase.fault("heartbeat", drop=True, times=1)
    with supabase.connect() as socket:
        socket.push("phoenix", "heartbeat", {})
        with pytest.raises(Silence):
            socket.wait_for(lambda message: message.event == "phx_reply", 0.3)
        assert socket.ask("phoenix", "heartbeat", {})["status"] == "ok"


def test_it_is_as_new_after_a_reset(supabase: Supabase) -> None:
    supabase.fault("broadcast", status=500)
    supabase.change(policy="none", signing_keys=[], clients=3)
    supabase.reset()
    assert heard(supabase, 2) == [0, 1]
    assert supabase.state()["settings"]["clients"] == 200


def test_it_refuses_settings_that_it_does_not_understand(supabase: Supabase) -> None:
    for document in ({"cleints": 3}, {"policy": "some"}, {"signing_key": '{"kty":"EC"}'}, {"signing_key": "{"}):
        answer = supabase.simulator.http.post("/sim/supabase", json=document)
        assert answer.status_code == 400
