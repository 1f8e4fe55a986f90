"""A name, an origin or a proxy that nothing could ever match is refused, or written as it matches."""

import pytest
from django.http.request import validate_host
from uvicorn.middleware.proxy_headers import _TrustedHosts

from finito import hosts


@pytest.fixture(autouse=True)
def refused(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    refusals: dict[str, str] = {}
    monkeypatch.setattr(hosts, "REFUSED", refusals)
    return refusals


HOSTS = [("x.example", "x.example"), (".x.example", "a.x.example"), ("X.Example", "x.example"), ("*", "y")]
HOSTS += [("[::1]", "[::1]"), ("10.0.0.1", "10.0.0.1"), ("my_host", "my_host")]


@pytest.mark.parametrize(("written", "asked"), HOSTS)
def test_it_takes_a_host_that_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, written: str, asked: str) -> None:
    monkeypatch.setenv("A", written)
    assert validate_host(asked, hosts.hosts("A"))


@pytest.mark.parametrize("host", ["https://x.example", "x.example:8000", "x.example/", "*.x.example", "::1", "a..b"])
def test_it_refuses_a_host_that_nobody_could_ask_for(
    monkeypatch: pytest.MonkeyPatch, refused: dict[str, str], host: str
) -> None:
    monkeypatch.setenv("A", f"y.example,{host}")
    assert (hosts.hosts("A"), list(refused)) == ([], ["A"])


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://x.example/", "https://x.example"),
        ("https://X.example:443", "https://x.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://*.x.example", "https://*.x.example"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_it_writes_an_origin_as_browsers_send_it(monkeypatch: pytest.MonkeyPatch, written: str, origin: str) -> None:
    monkeypatch.setenv("A", written)
    assert hosts.origins("A") == [origin]


@pytest.mark.parametrize("origin", ["x.example", "://", "https://", "https://x.example/path", "ftp://x", "https://a*b"])
def test_it_refuses_what_is_no_origin(monkeypatch: pytest.MonkeyPatch, refused: dict[str, str], origin: str) -> None:
    monkeypatch.setenv("A", origin)
    assert (hosts.origins("A"), list(refused)) == ([], ["A"])


PROXIES = [("10.0.0.1/8", "10.9.9.9"), ("10.0.0.0/8", "10.9.9.9"), ("::1", "0:0::1"), ("fd00::5/8", "fd11::1")]
PROXIES += [("10.0.0.1,*", "192.0.2.1"), ("127.0.0.1 10.0.0.2", "10.0.0.2")]


@pytest.mark.parametrize(("written", "client"), PROXIES)
def test_it_trusts_the_proxies_that_are_meant(monkeypatch: pytest.MonkeyPatch, written: str, client: str) -> None:
    monkeypatch.setenv("A", written)
    assert client in _TrustedHosts(hosts.proxies("A"))


@pytest.mark.parametrize("proxy", ["nginx", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "https://10.0.0.1", "10.*"])
def test_it_refuses_what_no_client_can_be(monkeypatch: pytest.MonkeyPatch, refused: dict[str, str], proxy: str) -> None:
    monkeypatch.setenv("A", f"127.0.0.1,{proxy}")
    assert (hosts.proxies("A"), list(refused)) == ([], ["A"])
