"""`/admin/realtime/` names every fault with its mend, at the same cost for any number of mailboxes (dashboard.py)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage, WorkerHeartbeat
from tests.operators.dashboard.attention import concerns, lapse, links

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_it_says_nothing_while_all_is_well(operator: Client, healthy: GmailAccount) -> None:
    assert concerns(operator) == ["Nothing."]


FAULTS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "a watch that lapsed": (lapse, "Lapsed watches: 1", "Renew them"),
    "a push that is silent": (
        lambda: GmailWatch.objects.update(state="silent"),
        "Silent watches: 1",
        "check_gmail",
    ),
    "a watch that Google refused": (
        lambda: GmailWatch.objects.update(state="failed"),
        "could not be made",
        "last error",
    ),
    "a mailbox that fails": (lambda: GmailAccount.objects.update(failures=3), "Failing mailboxes: 1", "last error"),
    "a consent that ended": (
        lambda: GmailAccount.objects.update(state="reauth_required"),
        "user&#x27;s consent: 1",
        "Reconnect",
    ),
    "a message that broke us": (
        lambda: SkippedMessage.objects.create(account=GmailAccount.objects.get(), gmail_id="x", skipped=True),
        "given up: 1",
        "try them again",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_names_a_fault_its_mend_and_where_it_is(operator: Client, healthy: GmailAccount, fault: str) -> None:
    happen, what, mend = FAULTS[fault]
    happen()
    (concern,) = concerns(operator)
    assert what in concern
    assert mend in concern
    (link,) = links(operator)
    assert healthy.email in operator.get(link.replace("&amp;", "&")).content.decode()


def test_it_names_a_dead_worker_and_redis(operator: Client, healthy: GmailAccount, settings: Any) -> None:
    WorkerHeartbeat.objects.update(beaten_at=timezone.now() - timedelta(minutes=1))
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    redis, worker = concerns(operator)
    assert "Redis does not answer (ConnectionError)." in redis
    assert "REDIS_URL" in redis
    assert "No worker is alive." in worker
    assert "sync_worker" in worker


def test_it_costs_the_same_for_any_number_of_mailboxes(operator: Client, healthy: GmailAccount) -> None:
    operator.get("/admin/realtime/")
    with CaptureQueriesContext(connection) as few:
        operator.get("/admin/realtime/")
    GmailAccount.objects.bulk_create(GmailAccount(email=f"{n}@x.example", google_sub=f"n{n}") for n in range(1_000))
    with CaptureQueriesContext(connection) as many:
        operator.get("/admin/realtime/")
    assert len(many) == len(few) <= 30
