"""The program itself (simulator/__main__.py, state.py): seeds, state, start and end."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from simulator.client import Json
from tests.simulator.harness import SUBSCRIPTION, TOPIC, Simulator
from tests.simulator.receiver import Receiver
from tests.support.waiting import eventually

NOON = ("--clock", "1795000000")


def lived(seed: str) -> Json:
    with Simulator("--seed", seed, *NOON, "--mailbox", "a@example.com", "--messages", "40") as simulator:
        mailbox = simulator.mailbox("a@example.com")
        (added,) = mailbox.add()
        mailbox.change(added, "trash")
        return mailbox.dump()


def test_it_repeats_itself_with_the_same_seed() -> None:
    assert lived("7") == lived("7")
    assert {m["id"] for m in lived("7")["messages"]}.isdisjoint(m["id"] for m in lived("8")["messages"])


def test_it_survives_kill_9(tmp_path: Path, receiver: Receiver) -> None:
    state = (
        "--state",
        str(tmp_path / "var" / "google.sqlite3"),
        "--topic",
        TOPIC,
        "--subscription",
        SUBSCRIPTION,
    )
    with Simulator(*state) as first:
        mailbox = first.mailbox("a@example.com", messages=3)
        mailbox.users.watch(userId="me", body={"topicName": TOPIC}).execute()
        start = mailbox.head
        gone, trashed = mailbox.add(count=2)
        mailbox.change(gone, "delete")
        mailbox.change(trashed, "trash")
        before, history, certs = (
            mailbox.dump(),
            mailbox.history(start),
            first.http.get("/oauth2/v3/certs").json(),
        )
        first.kill()
    with Simulator(*state, "--push-endpoint", receiver.url, "--mailbox", "a@example.com", "--messages", "9") as second:
        mailbox.simulator = second
        assert (mailbox.dump(), mailbox.history(start)) == (before, history)
        assert second.http.get("/oauth2/v3/certs").json() == certs
        refresh = {"grant_type": "refresh_token", "refresh_token": mailbox.tokens["refresh_token"]}
        assert second.token(**refresh).status_code == 200
        eventually(lambda: len(receiver.pushes) == 2)  # they waited for an endpoint
        assert mailbox.add()[0] not in {message["id"] for message in before["messages"]}


def test_it_keeps_the_state_to_its_owner(tmp_path: Path) -> None:
    with Simulator("--state", str(tmp_path / "state")):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


def test_it_ends_cleanly_on_both_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with Simulator() as simulator:
            simulator.process.send_signal(number)
            assert simulator.process.wait(timeout=30) == 0


def test_it_ends_while_somebody_waits_for_it() -> None:
    with Simulator() as simulator, ThreadPoolExecutor() as threads:
        simulator.fault("certs", delay=600)
        waiting = threads.submit(simulator.http.get, "/oauth2/v3/certs")
        eventually(lambda: simulator.sim("GET", "faults") == {"faults": []})
        simulator.process.terminate()
        assert waiting.result().status_code == 503
        assert simulator.process.wait(timeout=30) == 0


def test_it_listens_on_loopback_only() -> None:
    with Simulator() as simulator:
        assert simulator.first_line == f"simulator: serving on {simulator.url}\n"
        port = simulator.http.base_url.port
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.2", port or 0)) != 0


def test_it_lives_by_itself_when_asked() -> None:
    with Simulator("--mailbox", "a@example.com", "--trickle", "0.01") as simulator:
        mailbox = simulator.mailbox("a@example.com")
        eventually(lambda: len(mailbox.dump()["messages"]) > 3)
