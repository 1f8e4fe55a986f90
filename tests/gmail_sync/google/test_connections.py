"""A kept connection dies: whatever the way, what is asked next is answered; and nothing else is asked twice."""

import http.client
import socket
import ssl
import time
from pathlib import Path

import httplib2
import pytest

from gmail_sync.google import connections
from gmail_sync.google.http import Http
from tests.support.google.raw_server import Act, RawServer, Visit
from tests.support.google.tls import make_certificate
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow  # processes, or waits

FAULTS = (OSError, http.client.HTTPException, httplib2.HttpLib2Error)


def reset_while_idle(visit: Visit) -> None:
    visit.server.idle.wait(60)  # a reset takes away what was not read yet, and the answer is to be read
    visit.reset()


def end_while_idle(visit: Visit) -> None:
    visit.sock.close()


def half_close_while_idle(visit: Visit) -> None:
    visit.sock.shutdown(socket.SHUT_WR)
    visit.hang()


def say_goodbye_while_idle(visit: Visit) -> None:
    visit.sock.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    visit.sock.close()


def reset_when_asked(visit: Visit) -> None:
    visit.read()
    visit.reset()


def end_when_asked(visit: Visit) -> None:
    visit.read()
    visit.sock.close()


def never_answer(visit: Visit) -> None:
    visit.read()
    visit.hang()


DEATHS = [
    *(reset_while_idle, end_while_idle, half_close_while_idle, say_goodbye_while_idle),
    *(reset_when_asked, end_when_asked, never_answer),
]


def dies_after_one_answer(death: Act) -> Act:
    """The first connection dies so after one answer; every other lives."""

    def act(visit: Visit) -> None:
        while visit.read():
            visit.answer(str(visit.number).encode())
            if visit.number == 1:
                death(visit)
                return

    return act


def ask(http: Http, url: str, method: str) -> bytes:
    body = "grant_type=refresh_token" if method == "POST" else None
    response, content = http.request(url, method, body)
    assert response.status == 200
    return bytes(content)


def bound_silence(http: Http, death: Act) -> None:
    """Wait for one that never answers no longer than this; any other is silent only where the machine stands still."""
    if death is never_answer:
        http.timeout = 3.0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("death", DEATHS)
def test_it_asks_anew_where_a_kept_connection_died(death: Act, method: str) -> None:
    http = Http(silence=60, total=60)
    with RawServer(dies_after_one_answer(death)) as server:
        assert ask(http, server.url, method) == b"1"
        server.idle.set()
        bound_silence(http, death)
        time.sleep(0.2)  # what happens while it idles has happened, mostly; all is well either way
        assert ask(http, server.url, method) == b"2"
        assert ask(http, server.url, method) == b"2"
        assert server.visits == 2


@pytest.mark.parametrize("death", [reset_while_idle, end_while_idle, end_when_asked, never_answer])
def test_it_asks_anew_where_a_kept_tls_connection_died(death: Act, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    http = Http(silence=60, total=60, ca_certs=certificate)
    act = dies_after_one_answer(death)
    with RawServer(act, lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        url = f"https://localhost:{server.port}/"
        assert ask(http, url, "POST") == b"1"
        server.idle.set()
        bound_silence(http, death)
        assert [ask(http, url, "POST") for _ in range(2)] == [b"2", b"2"]
        assert server.visits == 2


@pytest.mark.parametrize("death", [death for death in DEATHS if death is not say_goodbye_while_idle])
def test_it_asks_anew_only_once(death: Act) -> None:
    http = Http(silence=60, total=60)

    def act(visit: Visit) -> None:
        if visit.number == 1:
            visit.read()
            visit.answer()
        death(visit)

    with RawServer(act) as server:
        ask(http, server.url, "GET")
        server.idle.set()
        http.timeout = 0.5
        with pytest.raises(FAULTS):
            ask(http, server.url, "GET")
        eventually(lambda: server.visits >= 2)
        assert server.visits == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("death", [reset_when_asked, end_when_asked, never_answer])
def test_it_does_not_ask_anew_where_the_connection_was_new(death: Act, method: str) -> None:
    with RawServer(death) as server:
        with pytest.raises(FAULTS):
            ask(Http(silence=0.5), server.url, method)
        eventually(lambda: server.seen)
        assert len(server.seen) == 1


@pytest.mark.parametrize("half", [b"H", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_it_does_not_ask_anew_after_a_byte_of_an_answer(half: bytes) -> None:
    http = Http()

    def act(visit: Visit) -> None:
        visit.read()
        visit.answer()
        visit.read()
        visit.sock.sendall(half)

    with RawServer(act) as server:
        ask(http, server.url, "GET")
        with pytest.raises(FAULTS):
            ask(http, server.url, "GET")
        assert len(server.seen) == 2


def test_it_does_not_use_a_connection_that_idled_for_longer_than_nats_remember(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    http = Http()
    with RawServer(dies_after_one_answer(never_answer)) as server:
        ask(http, server.url, "GET")
        monkeypatch.setattr(connections, "IDLE_SECONDS", -1)
        assert ask(http, server.url, "GET") == b"2"
        assert len(server.seen) == 2  # nothing was sent into the void
