"""`/metrics`: to whom it answers, that every promised name is there, and what it asks of the database."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from gmail_sync.metrics import PUSHES
from gmail_sync.models import GmailAccount, GmailWatch, WorkerHeartbeat
from operators import bounded, metrics_page
from realtime import totals
from realtime.models import ProcessTotals
from realtime.totals import OwnTotals
from tests.support.environment import ENVIRONMENT

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = {"Authorization": f"Bearer {ENVIRONMENT['METRICS_TOKEN']}"}
# The names that are promised to outside programs, with their labels.
PROMISED = {
    *("finito_sse_connections", "finito_sse_connects_total{resume}", "finito_sse_closes_total{reason}"),
    *("finito_sse_events_total", "finito_sse_delivery_seconds", "finito_sse_gaps_healed_total{cause}"),
    *("finito_push_total{result}", "finito_push_lag_seconds", "finito_sync_seconds", "finito_sync_total{result}"),
    *("finito_mailboxes{state}", "finito_mailboxes_due", "finito_watch_expiry_seconds", "finito_redis_up"),
    *("finito_gmail_units_total{method}", "finito_gmail_calls_total{method,status}", "finito_publish_failures_total"),
}


def page() -> dict[str, float]:
    """The samples by name and labels, as they are written."""
    answer = Client().get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    samples = [s for family in text_string_to_metric_families(answer.content.decode()) for s in family.samples]
    labels = [",".join(f'{name}="{value}"' for name, value in sample.labels.items()) for sample in samples]
    return {f"{s.name}{{{of}}}" if of else s.name: s.value for s, of in zip(samples, labels, strict=True)}


def mailbox(number: int, state: str = "connected", **columns: Any) -> GmailAccount:
    return GmailAccount.objects.create(email=f"{number}@gmail.example", google_sub=str(number), state=state, **columns)


def watch(account: GmailAccount, hours: float | None = None, **columns: Any) -> None:
    expires_at = None if hours is None else Now() + timedelta(hours=hours)
    GmailWatch.objects.create(account=account, expires_at=expires_at, **columns)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Bearer metrics-toke", "Basic metrics-token"])
def test_it_answers_only_to_its_token(header: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.content, answer.headers["WWW-Authenticate"]) == (401, b"", "Bearer")


def test_it_is_not_there_unless_it_is_asked_for(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    settings.DEBUG = True
    assert Client().get("/metrics").status_code == 200


def test_it_answers_get_only_and_to_plain_http(settings: Any) -> None:
    assert Client().post("/metrics", headers=TOKEN).status_code == 405
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/metrics", headers=TOKEN).status_code == 200


def test_it_has_every_promised_name_from_the_first_scrape() -> None:
    found = page()
    names = {re.sub(r'="[^"]*"', "", key).replace("_count", "") for key in found}
    assert names >= PROMISED
    assert {f'finito_sse_gaps_healed_total{{cause="{cause}"}}' for cause in ("notice", "heads")} <= found.keys()


def test_it_tells_how_mailboxes_and_watches_stand() -> None:
    watch(mailbox(1), 30, state="active")
    watch(mailbox(2, "reauth_required"), -1, state="active")
    watch(mailbox(3, "syncing", failures=3), state="failed")
    watch(mailbox(4, next_sync_at=Now() - timedelta(seconds=5)), 2, wanted=False)
    WorkerHeartbeat.objects.create(id="1", host="here", started_at=Now(), beaten_at=Now())
    found = page()
    states = {"connected": 2, "syncing": 1, "reauth_required": 1, "closing": 0}
    assert {state: found[f'finito_mailboxes{{state="{state}"}}'] for state in states} == states
    assert found["finito_watch_expiry_seconds"] == pytest.approx(30 * 3_600, abs=60)
    assert (found['finito_watches{state="active"}'], found['finito_watches{state="failed"}']) == (1, 1)
    assert [found[f"finito_{name}"] for name in ("mailboxes_due", "mailboxes_failing", "workers")] == [1, 1, 1]


def test_it_says_that_a_watch_has_lapsed() -> None:
    watch(mailbox(1), -2, state="active")
    assert page()["finito_watch_expiry_seconds"] == pytest.approx(-2 * 3_600, abs=60)


def test_it_has_no_expiry_without_a_watch() -> None:
    assert str(page()["finito_watch_expiry_seconds"]) == "nan"


def test_it_does_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(bounded, "PROBE_SECONDS", 0.3)
    monkeypatch.setattr(metrics_page, "look", answers.wait)
    try:
        for _ in range(3):  # more than there are threads
            found = page()
            assert found["finito_database_up"] == 0
            assert "finito_redis_up" in found
            assert "finito_mailboxes_due" not in found
    finally:
        answers.set()  # the threads are everyone's


def test_it_shows_what_every_process_has_counted_and_its_own_at_once() -> None:
    other = CollectorRegistry()
    Counter("finito_push", "", ["result"], registry=other).labels(result="taken").inc(3)
    before = page()['finito_push_total{result="taken"}']
    OwnTotals(other).write()
    PUSHES.labels(result="taken").inc()
    assert page()['finito_push_total{result="taken"}'] == before + 4


def test_it_writes_nothing_where_nothing_has_changed() -> None:
    page()
    written = ProcessTotals.objects.values_list("written_at", flat=True)
    before = list(written)
    page()
    assert list(written.all()) == before


def test_it_shows_no_less_while_its_own_row_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    PUSHES.labels(result="taken").inc()
    before = page()['finito_push_total{result="taken"}']
    answers = threading.Event()
    with monkeypatch.context() as hanging:
        hanging.setattr(metrics_page, "WRITE_SECONDS", 0.4)
        hanging.setattr(totals.own, "write_if_changed", answers.wait)
        PUSHES.labels(result="taken").inc()
        assert page()['finito_push_total{result="taken"}'] == before
        answers.set()
    assert page()['finito_push_total{result="taken"}'] == before + 1
