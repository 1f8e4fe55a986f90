"""A network whose only way out is a proxy, and a machine whose environment names one."""

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gmail_sync.google.http import Http
from tests.support.environment import NOBODY
from tests.support.google.raw_server import RawServer, Visit, answers
from tests.support.google.tls import make_certificate

NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "ssl_cert_file")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def google(tmp_path: Path) -> Iterator[tuple[Http, str]]:
    """A server over TLS, as only a proxy finds it, and what calls it."""
    certificate = make_certificate(tmp_path, "gmail.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with RawServer(answers(200, {"a": 1}), lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        yield Http(silence=10, total=10, ca_certs=certificate), f"https://gmail.example:{server.port}/"


def tunnel(visit: Visit) -> None:
    """Do what a proxy does for CONNECT; every host is this machine."""
    port = int(visit.read().split(b" ")[1].rpartition(b":")[2])
    with socket.create_connection(("127.0.0.1", port)) as there:
        visit.sock.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 a-proxy\r\n\r\n")
        threading.Thread(target=pump, args=(there, visit.sock), daemon=True).start()
        pump(visit.sock, there)


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)


@pytest.mark.parametrize(
    ("spelt", "login"),
    [("http://127.0.0.1:{}", b""), ("127.0.0.1:{}", b""), ("http://ann:p%40ss@127.0.0.1:{}/", b"ann:p@ss")],
)
def test_it_reaches_google_through_the_proxy(
    google: tuple[Http, str], spelt: str, login: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    http, url = google
    with RawServer(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", spelt.format(proxy.port))
        statuses = [http.request(url)[0].status for _ in range(2)]
    assert statuses == [200, 200]
    (asked,) = proxy.seen  # the connection is kept
    assert asked.startswith(b"CONNECT gmail.example:")
    assert (b"Basic " + b64encode(login) in asked) is bool(login)


def test_it_says_what_the_proxy_said(google: tuple[Http, str], monkeypatch: pytest.MonkeyPatch) -> None:
    http, url = google
    with RawServer(answers(407, {})) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(OSError, match="407"):
            http.request(url)


@pytest.mark.parametrize("spelt", ["socks5://127.0.0.1:1080", "http://ann:secret@[::1", "http://127.0.0.1:x"])
def test_it_names_the_setting_and_nothing_of_its_value(
    google: tuple[Http, str], spelt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", spelt)
    with pytest.raises(OSError, match=r"^HTTPS_PROXY must look like http://HOST:PORT$"):
        google[0].request(google[1])


@pytest.mark.parametrize("environment", [{"HTTPS_PROXY": NOBODY, "NO_PROXY": "localhost"}, {"HTTP_PROXY": NOBODY}])
def test_it_asks_no_proxy_for_what_is_near(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with RawServer(answers(200, {})) as plain:
        assert Http().request(plain.url)[0].status == 200
    with RawServer(answers(200, {}), lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        assert Http(ca_certs=certificate).request(f"https://localhost:{server.port}/")[0].status == 200


def test_it_believes_the_authority_that_openssl_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with RawServer(answers(200, {}), lambda sock: context.wrap_socket(sock, server_side=True)) as server:
        url = f"https://localhost:{server.port}/"
        with pytest.raises(ssl.SSLCertVerificationError):
            Http().request(url)
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        assert Http().request(url)[0].status == 200
