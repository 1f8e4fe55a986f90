"""The doctor on a Redis that is there and cannot be used: its certificate, what it refuses, what is not it at all."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db.models.functions import Now
from pytest_django import Settings

from gmail_sync.doctor import redis as doctor
from gmail_sync.doctor.report import Finding
from launcher.environment import free_ports
from launcher.probes import redis_answers
from launcher.run import valkey_command
from launcher.supervisor import Supervisor
from realtime.models import ProcessPulse
from tests.flows.relay import Relay
from tests.realtime.transport.test_publish import port_of
from tests.support.certificates import Authority

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def finding() -> Finding:
    (found,) = doctor.probe([])
    return found


CERTIFICATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "self-signed": ({"self_signed": True}, "its certificate is self-signed", "REDIS_TLS_VERIFY=False"),
    "of an authority": ({}, "signed by nobody whom this machine knows", "ssl_ca_certs"),
}
KNOWN: dict[str, tuple[dict[str, Any], str, str]] = {
    "for another name": ({"names": "redis.example"}, "for another name", "REDIS_TLS_VERIFY=False"),
    "for another address": ({"names": "192.0.2.1"}, "for another name", "REDIS_TLS_VERIFY=False"),
    "expired": ({"days": -1}, "has expired", "renew it"),
    "of tomorrow": ({"days": 61}, "not yet valid", "timedatectl"),
}


@pytest.mark.parametrize("case", [*CERTIFICATES, *KNOWN])
def test_it_names_what_is_wrong_with_a_certificate(case: str, settings: Settings, tmp_path: Path) -> None:
    server, said, mend = (CERTIFICATES | KNOWN)[case]
    authority = Authority(tmp_path)
    with Relay([port_of(settings.REDIS_URL)], tls=authority.context(**server)) as relay:
        settings.REDIS_URL = f"rediss://127.0.0.1:{relay.port}/0"
        if case in KNOWN:
            settings.REDIS_URL += f"?ssl_ca_certs={authority.file}"
        found = finding()
        assert (found.status, said in found.said, mend in found.mend) == ("fault", True, True), found
        settings.REDIS_TLS_VERIFY = False
        assert finding().line() == "redis: ok: what is published is heard. Its certificate is not checked."


def test_it_trusts_an_authority_that_it_was_given(settings: Settings, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Relay([port_of(settings.REDIS_URL)], tls=authority.context()) as relay:
        settings.REDIS_URL = f"rediss://127.0.0.1:{relay.port}/0?ssl_ca_certs={authority.file}"
        assert finding().line() == "redis: ok: what is published is heard."
        settings.REDIS_URL = f"rediss://127.0.0.1:{relay.port}/0?ssl_ca_certs=/nowhere.pem"
        assert "a file that REDIS_URL names" in finding().said


@pytest.fixture
def administrator(settings: Settings, tmp_path: Path) -> Iterator["redis.Redis"]:
    """A Valkey of its own, on a port and a socket."""
    (port,) = free_ports(1)
    supervisor = Supervisor(tmp_path)
    path = tmp_path / "redis.sock"
    supervisor.start("redis", [*valkey_command(port), "--unixsocket", str(path)], dict(os.environ), tmp_path)
    supervisor.wait(lambda: redis_answers(port) and path.exists(), 120, "redis did not answer")
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(settings.REDIS_URL) as connection:
        yield connection
    supervisor.end(["redis"], 5)


def test_it_hears_over_a_unix_socket(administrator: "redis.Redis", settings: Settings, tmp_path: Path) -> None:
    administrator.acl_setuser("app", enabled=True, passwords=["+p@ss"], categories=["+@all"], channels=["*"])
    for login in ("unix://", "unix://app:p%40ss@"):
        settings.REDIS_URL = f"{login}{tmp_path}/redis.sock?db=1"
        assert finding().status == "ok"
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"
    assert (finding().status, "ls -l" in finding().mend) == ("fault", True)


@pytest.mark.parametrize(
    ("end", "said"),
    [("99", "no such database"), ("0?username=app&password=x", "refuses the user"), ("0?password=x", "refuses")],
)
def test_it_says_what_redis_refuses(administrator: "redis.Redis", settings: Settings, end: str, said: str) -> None:
    settings.REDIS_URL = settings.REDIS_URL.replace("/0", f"/{end}")
    assert (finding().status, said in finding().said) == ("fault", True)


@pytest.mark.parametrize(("port", "said"), [("plain", "does not answer in time"), ("nobody", "no connection")])
def test_it_says_what_is_not_there(settings: Settings, port: str, said: str) -> None:
    (free,) = free_ports(1)
    settings.REDIS_URL = f"rediss://127.0.0.1:{port_of(settings.REDIS_URL) if port == 'plain' else free}/0"
    assert (finding().status, said in finding().said) == ("fault", True), finding()


def test_it_says_that_nothing_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        assert "takes connections and does not answer in time" in finding().said


def test_it_names_who_does_not_hear_whom() -> None:
    now = {"started_at": Now(), "beaten_at": Now()}
    ProcessPulse.objects.create(id="w", kind="worker", process="b:2", **now)
    ProcessPulse.objects.create(id="v", kind="web", process="a:1", unheard=["w", "gone"], **now)
    assert (finding().status, finding().said.startswith("web a:1 does not hear what worker b:2")) == ("fault", True)
