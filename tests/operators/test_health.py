"""/livez and /readyz: what they say, to whom, and how fast."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from gmail_sync.models import GmailAccount, GmailWatch, WorkerHeartbeat
from operators import bounded, health
from realtime import database
from realtime.models import ProcessTotals, Rollout
from realtime.stream.hub import Hub, get_hub

BOUND = bounded.PROBE_SECONDS  # of the database, and of Redis; as it is without the tests' patience
# The views ask from threads of their own, which see only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


ANSWER_SECONDS = 2


def test_whatever_is_silent_leaves_an_answer_in_time() -> None:
    """The two are asked at once; the tests below wait for as long as the machine needs."""
    assert BOUND < ANSWER_SECONDS


def ask(path: str = "/readyz") -> tuple[int, dict[str, Any]]:
    """Ask. What is silent in these tests is so for ever: there is no answer but in time."""
    answer = Client().get(path)
    return answer.status_code, answer.json()


@pytest.fixture(autouse=True)
def _worker(transactional_db: None) -> None:
    WorkerHeartbeat.objects.create(id="1", host="here", started_at=Now(), beaten_at=Now())


def account(number: int = 1, **columns: Any) -> GmailAccount:
    columns = {"state": "connected", **columns}
    return GmailAccount.objects.create(email=f"{number}@gmail.example", google_sub=str(number), **columns)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_it_says_that_all_is_well_to_anyone() -> None:
    assert ask("/livez") == (200, {"status": "ok"})
    parts = {"database": "ok", "redis": "ok", "push": "none", "worker": "ok", "mailboxes": "ok"}
    assert ask() == (200, {"status": "ok", **parts})


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_it_answers_get_only_and_sets_no_cookie(path: str) -> None:
    assert Client().post(path).status_code == 405
    answer = Client().get(path)
    assert not answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_asks_for_a_restart_only_when_a_task_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "alive", False)
    assert ask("/livez")[0] == 503


@pytest.mark.parametrize(
    ("state", "status", "push"),
    [("active", "ok", "ok"), ("silent", "degraded", "silent"), ("none", "ok", "none"), ("failed", "ok", "none")],
)
def test_it_tells_how_pushes_fare(state: str, status: str, push: str) -> None:
    GmailWatch.objects.create(account=account(), state=state)
    code, answer = ask()
    assert (code, answer["status"], answer["push"]) == (200, status, push)


@pytest.mark.parametrize(
    ("watch", "push"),
    [
        ({"state": "active"}, "lapsed"),
        ({"state": "failed"}, "lapsed"),
        ({"state": "silent"}, "lapsed"),
        ({"state": "none", "wanted": False}, "ok"),
        ({"state": "active", "account__state": "reauth_required"}, "ok"),
    ],
)
def test_it_notices_a_watch_that_has_lapsed(watch: dict[str, Any], push: str) -> None:
    lapsed = account(state=watch.pop("account__state", "connected"))
    GmailWatch.objects.create(account=lapsed, expires_at=Now() - timedelta(seconds=1), **watch)
    GmailWatch.objects.create(account=account(2), expires_at=Now() + timedelta(days=1), state="active")
    code, answer = ask()
    assert (code, answer["push"]) == (200, push)


def test_it_misses_no_push_that_is_not_set_up(settings: Any) -> None:
    GmailWatch.objects.create(account=account(), expires_at=Now() - timedelta(days=1), state="active")
    settings.GMAIL_PUBSUB_TOPIC = ""
    assert ask()[1]["push"] == "none"


@pytest.mark.parametrize(("seconds_ago", "worker", "status"), [(20, "ok", "ok"), (40, "down", "degraded")])
def test_it_notices_that_no_worker_lives(seconds_ago: float, worker: str, status: str) -> None:
    WorkerHeartbeat.objects.update(beaten_at=Now() - timedelta(seconds=seconds_ago))
    code, answer = ask()
    assert (code, answer["worker"], answer["status"]) == (200, worker, status)


@pytest.mark.parametrize(
    ("columns", "mailboxes"),
    [({"failures": 2}, "ok"), ({"failures": 3}, "failing"), ({"state": "reauth_required"}, "failing")],
)
def test_it_notices_a_mailbox_that_fails(columns: dict[str, Any], mailboxes: str) -> None:
    account(**columns)
    code, answer = ask()
    assert (code, answer["mailboxes"]) == (200, mailboxes)
    assert (answer["status"] == "ok") == (mailboxes == "ok")


def test_it_stays_in_service_without_redis(settings: Any, silent_server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.3)
    for port in (9, silent_server):
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        code, answer = ask()
        assert (code, answer["status"], answer["redis"]) == (200, "degraded", "down")


def test_it_goes_out_of_service_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(bounded, "PROBE_SECONDS", 0.3)
    monkeypatch.setattr(health, "_ask_database", answers.wait)
    try:
        for _ in range(5):  # more than there are threads
            code, answer = ask()
            assert (code, answer["status"], answer["database"]) == (503, "unready", "down")
    finally:
        answers.set()  # the threads are everyone's


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has locks that stop a reader")
def test_it_goes_out_of_service_while_a_lock_stops_its_query(monkeypatch: pytest.MonkeyPatch) -> None:
    database = connection.settings_dict
    address = {"host": database["HOST"], "port": database["PORT"], "user": database["USER"]}
    with psycopg.connect(dbname=connection.settings_dict["NAME"], **address) as other, monkeypatch.context() as patch:
        patch.setattr(bounded, "PROBE_SECONDS", 0.3)
        other.execute("LOCK TABLE gmail_sync_gmailwatch IN ACCESS EXCLUSIVE MODE")
        assert ask()[0] == 503
    assert ask()[0] == 200


def test_it_goes_out_of_service_while_it_drains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_hub(), "draining", True)
    code, answer = ask()
    assert (code, answer["status"]) == (503, "unready")


@pytest.mark.parametrize("state", ["read_only", "unmigrated"])
def test_it_goes_out_of_service_while_the_database_takes_no_push(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "state", lambda: state)
    code, answer = ask()
    assert (code, answer["status"], answer["database"]) == (503, "unready", state)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is asked, not tried")
def test_it_tries_whether_sqlite_takes_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_wrote_at", float("-inf"))
    assert database.takes_writes()
    monkeypatch.setattr(database, "_wrote_at", float("-inf"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
        try:
            assert not database.takes_writes()
            assert database.state() == "read_only"
        finally:
            cursor.execute("PRAGMA query_only = 0")


@pytest.mark.parametrize(
    ("stage", "up", "said", "status"),
    [("off", 0, "off", "ok"), ("shadow", 1, "ok", "ok"), ("on", 1, "ok", "ok"), ("on", 0, "down", "degraded")],
)
def test_it_tells_how_supabase_fares_where_it_is_configured(
    settings: Any, stage: str, up: float, said: str, status: str
) -> None:
    settings.SUPABASE_URL, settings.SUPABASE_PUBLISHABLE_KEY = "https://ref.supabase.co", "sb_publishable_x"
    settings.SUPABASE_SIGNING_KEY, settings.SUPABASE_PAYLOAD = "s" * 40, "sealed"
    Rollout.objects.create(pk=1, stage=stage)
    for process, value in (("a", 1), ("b", up)):
        ProcessTotals.objects.create(id=process, states={"finito_supabase_up": [({}, value)]}, written_at=Now())
    code, answer = ask()
    assert (code, answer["status"], answer["supabase"]) == (200, status, said)
