"""The words of `check_gmail` (doctor/report.py): what is missing, one line a finding, no secret."""

import json
import socket
import socketserver
import threading
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from gmail_sync.doctor import redis as redis_check
from gmail_sync.doctor import report
from gmail_sync.heartbeat import Heartbeat
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.pubsub import api as pubsub_api
from tests.simulator.harness import Simulator
from tests.support.environment import CLIENT_SECRET, NOBODY
from tests.support.google.harness import Mailbox

PUBSUB_CHECKS = {"service account", "topic", "publisher role", "subscription"}
UNSET = {
    "GOOGLE_CLIENT_ID": {"oauth client"},
    "GMAIL_PUBSUB_TOPIC": {"topic", "publisher role"},
    "PUBSUB_SUBSCRIPTION": {"subscription"},
    "PUBSUB_PUSH_AUDIENCE": {"certs", "webhook"},
    "GOOGLE_APPLICATION_CREDENTIALS": PUBSUB_CHECKS,
    "SUPABASE_URL": {"supabase"},
}


@pytest.fixture
def silent_address() -> Any:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def check_gmail(*arguments: str) -> tuple[str, str]:
    """Run it; returns what it writes and how it ends."""
    out, err, end = StringIO(), StringIO(), ""
    try:
        call_command("check_gmail", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        end = str(error)
    return out.getvalue(), end or err.getvalue()


def by_check() -> dict[str, dict[str, str]]:
    return {finding["check"]: finding for finding in json.loads(check_gmail("--json")[0])}


@pytest.mark.parametrize("name", UNSET)
def test_it_skips_by_name_what_is_not_configured(
    google: Simulator, transactional_db: None, settings: Any, name: str
) -> None:
    setattr(settings, name, "")
    out, _ = check_gmail()
    assert {line.partition(":")[0] for line in out.splitlines() if f"skipped: {name} not set" in line} == UNSET[name]


@pytest.mark.django_db(transaction=True)
def test_it_says_all_of_it_with_nothing_but_google_configured(google: Simulator, settings: Any) -> None:
    settings.PUBSUB_PUSH_AUDIENCE = ""
    Heartbeat().beat_if_due()
    out, _ = check_gmail()
    assert out.splitlines()[-1] == "0 faults: 7 checks ok, 7 skipped."


def test_it_keeps_the_json_apart_from_the_closing_line(
    google: Simulator, transactional_db: None, settings: Any
) -> None:
    settings.PUBSUB_PUSH_AUDIENCE = ""
    out, end = check_gmail("--json")
    assert end == "1 fault."  # there is no worker
    assert all(finding.keys() == {"check", "status", "said", "mend"} for finding in json.loads(out))
    Heartbeat().beat_if_due()
    out, end = check_gmail("--json")
    assert (len(json.loads(out)), end) == (14, "0 faults: 7 checks ok, 7 skipped.\n")


def test_it_finds_a_dead_grant_behind_a_living_access_token(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("token", status=400, reason="invalid_grant", after=1, times=None)
    finding = by_check()[f"mailbox {account.email}"]
    assert ("invalid_grant" in finding["said"], "reconnect" in finding["mend"]) == (True, True)


def test_it_makes_one_live_call_a_mailbox_and_changes_nothing(gmail: Mailbox, account: GmailAccount) -> None:
    calls = gmail.calls("getProfile")

    def rows() -> list[dict[str, Any]]:
        stored = [*GmailAccount.objects.values(), *GmailWatch.objects.values()]
        return [{name: getattr(value, "token", value) for name, value in row.items()} for row in stored]

    before = rows()
    check_gmail()
    assert gmail.calls("getProfile") == calls + 1
    assert rows() == before


def test_it_never_prints_a_secret(gmail: Mailbox, account: GmailAccount, settings: Any) -> None:
    settings.PUBSUB_PUSH_TOKEN = "push-secret"
    settings.PUBSUB_PUSH_AUDIENCE = f"{NOBODY}/gmail/push/?token=push-secret"
    settings.REDIS_URL = "redis://app:redis-secret@127.0.0.1:9/0"
    gmail.account("revoke")
    said = "".join(check_gmail() + check_gmail("--json"))
    assert said.count("cannot be reached") == 2
    secrets = {"push-secret", "redis-secret", CLIENT_SECRET, *map(str, account.credentials.open().values())}
    assert not [secret for secret in secrets if secret in said]


def test_it_waits_for_nobody(
    transactional_db: None, settings: Any, silent_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "PROBE_SECONDS", 0.5)
    settings.GOOGLE_TOKEN_URL = f"{silent_address}/token"
    began = time.monotonic()
    finding = by_check()["oauth client"]
    assert time.monotonic() - began < 60  # it would be silent for ever
    assert finding["said"] == "no answer within 0.5 s."


def test_it_sends_nothing_to_an_address_that_is_refused(
    google: Simulator, transactional_db: None, settings: Any
) -> None:
    settings.GOOGLE_TOKEN_URL = google.url.replace("127.0.0.1", "localhost.example") + "token"
    found = by_check()
    assert (found["settings"]["status"], set(found)) == ("fault", {"settings", "database", "database clock", "redis"})


def test_it_tells_one_fault_of_the_database(google: Simulator, transactional_db: None, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"gmail_sync": "tests.gmail_sync.no_such_migrations"}
    found = by_check()["database"]
    assert found["status"] == "fault"


def test_it_doubts_tls_when_redis_is_silent(
    google: Simulator, transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_check, "TIMEOUT_SECONDS", 0.3)
    settings.REDIS_URL = settings.REDIS_URL.replace("redis:", "rediss:")
    assert "begin REDIS_URL with redis:// if it does not speak TLS" in by_check()["redis"]["mend"]


def test_it_judges_a_client_id_of_google_by_its_form(google: Simulator, transactional_db: None, settings: Any) -> None:
    settings.GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"
    pubsub_api.service.cache_clear()
    assert "does not end in .apps.googleusercontent.com" in by_check()["oauth client"]["said"]


def test_it_knows_a_redis_that_hangs_up_on_subscribers(
    google: Simulator, transactional_db: None, settings: Any
) -> None:
    class PingOnly(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                if b"SUBSCRIBE" in line:
                    return
                if line.startswith(b"*"):
                    self.wfile.write(b"+OK\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), PingOnly) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.REDIS_URL = f"redis://127.0.0.1:{server.server_address[1]}?protocol=2"
        said = by_check()["redis"]["said"]
        server.shutdown()
    assert said.startswith("it answers PING, but what is published is not heard")


def test_nothing_set_up_at_all_is_a_fault_with_the_first_step(transactional_db: None, settings: Any) -> None:
    names = ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GMAIL_PUBSUB_TOPIC", "PUBSUB_PUSH_AUDIENCE"]
    for name in [*names, "PUBSUB_SUBSCRIPTION", "PUBSUB_PUSH_SERVICE_ACCOUNT"]:
        setattr(settings, name, "")
    Heartbeat().beat_if_due()
    out, end = check_gmail()
    assert end == "1 fault."
    assert "set-up: fault: no mailbox can be connected" in out
    assert "make an OAuth client of type Web application" in out


@pytest.mark.parametrize("tls", [False, True])
def test_it_sends_nobody_to_a_probe_that_a_hung_redis_passes(
    transactional_db: None, settings: Any, silent_address: str, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(redis_check, "TIMEOUT_SECONDS", 0.3)
    settings.REDIS_URL = silent_address.replace("http:", "rediss:" if tls else "redis:")
    found = by_check()["redis"]
    assert ("it hangs" in found["said"], "nc -vz" in found["mend"], "restart it" in found["mend"]) == (
        True,
        False,
        True,
    )
    assert "PING" in found["mend"]
