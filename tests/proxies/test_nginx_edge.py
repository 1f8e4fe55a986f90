"""What nginx lets through to a web and what it writes down, before two webs that only record."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from launcher.environment import ROOT, free_ports
from launcher.supervisor import Supervisor
from tests.proxies.nginx import SITE, nginx_command
from tests.support.waiting import eventually

SECRET = "4/0AVMBsJ-one-time"


class Site:
    """nginx before two webs that keep the heads of their requests."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        site = self

        class Recorder(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                if self.path == "/break":
                    self.close_connection = True
                    return
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response_only(204)
                self.end_headers()

            do_POST = do_GET

        self.webs = [ThreadingHTTPServer(("127.0.0.1", 0), Recorder) for _ in range(2)]
        for web in self.webs:
            threading.Thread(target=web.serve_forever, daemon=True).start()
        http_port, https_port = free_ports(2)
        self.http, self.https = f"http://127.0.0.1:{http_port}", f"https://127.0.0.1:{https_port}"
        self.command = nginx_command(directory, http_port, https_port, [web.server_port for web in self.webs])

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.https}/metrics").status_code == 404
        except httpx.HTTPError:
            return False

    def logs(self) -> str:
        return "".join(file.read_text() for file in self.directory.glob("*.log"))


@pytest.fixture(scope="module")
def served(directory: Path) -> Iterator[Site]:
    site, supervisor = Site(directory), Supervisor(directory / "log")
    supervisor.start("nginx", site.command, {}, ROOT)
    supervisor.wait(site.answers, 120, "nginx did not answer")
    yield site
    supervisor.end(["nginx"], 5)
    for web in site.webs:
        web.shutdown()
        web.server_close()


@pytest.fixture
def site(served: Site) -> Site:
    served.requests.clear()
    return served


@pytest.mark.parametrize("path", ["/", "/events/", "/gmail/push/"])
def test_what_a_client_says_of_itself_reaches_no_web(site: Site, path: str) -> None:
    spoofed = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Proto", "http")]
    assert httpx.get(site.https + path, headers=spoofed).status_code == 204
    ((_, _, headers),) = site.requests
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert headers["host"] == site.https.removeprefix("https://")
    assert "connection" not in headers


def test_no_log_holds_a_query(site: Site) -> None:
    for address in (site.http, site.https):
        httpx.get(f"{address}/accounts/callback/?code={SECRET}", headers={"Referer": f"{address}/?code={SECRET}"})
    assert httpx.get(f"{site.https}/break?code={SECRET}").status_code == 204
    assert httpx.get(f"{site.https}/break", headers={"Referer": f"{site.https}/?code={SECRET}"}).status_code == 502
    eventually(lambda: " GET /break 502 " in site.logs())
    assert " GET /accounts/callback/ 301 " in site.logs()
    assert " GET /accounts/callback/ 204 " in site.logs()
    assert SECRET not in site.logs()


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/metrics?x=1", "/%6detrics"])
def test_the_metrics_are_not_public(site: Site, path: str) -> None:
    assert httpx.get(site.https + path).status_code == 404
    assert site.requests == []


def test_plain_http_is_sent_to_https_under_the_sites_own_name(site: Site) -> None:
    answer = httpx.get(f"{site.http}/accounts/?next=1", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (301, "https://127.0.0.1/accounts/?next=1")
    assert site.requests == []


def test_a_certificate_can_be_renewed_over_plain_http(site: Site) -> None:
    (challenges := site.directory / "acme/.well-known/acme-challenge").mkdir(parents=True)
    (challenges / "token").write_text("proof")
    assert httpx.get(f"{site.http}/.well-known/acme-challenge/token").text == "proof"


def test_a_large_body_or_head_reaches_no_web(site: Site) -> None:
    half = b"x" * 600_000
    assert httpx.post(f"{site.https}/gmail/push/", content=iter([half, half])).status_code == 413
    assert httpx.get(f"{site.https}/events/", headers={"Last-Event-ID": "x" * 100_000}).status_code == 400
    assert site.requests == []


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_another_web_is_asked_where_that_is_safe(site: Site, method: str, times: int) -> None:
    assert httpx.request(method, f"{site.https}/break").status_code == 502
    assert len(site.requests) == times


def test_it_does_not_tell_its_version(site: Site) -> None:
    for address in (site.http, site.https):
        assert httpx.get(f"{address}/metrics").headers["server"] == "nginx"


def test_idle_connections_end_before_the_webs_end_them() -> None:
    (here,) = re.findall(r"keepalive_timeout (\d+)s;", SITE.read_text())
    (webs,) = re.findall(r"--timeout-keep-alive (\d+)", (ROOT / "Procfile").read_text())
    assert int(here) < int(webs)
    assert int(webs) > 90  # Heroku's router; an ALB keeps them for 60 s
