"""`/admin/realtime/`: every fault is named with its mend, and the hour is that of all processes."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage, WorkerHeartbeat
from realtime.log import eventlog
from realtime.models import EventStream, ProcessMinute

pytestmark = pytest.mark.django_db(transaction=True)

UPLOT = Path("operators/static/operators/uplot")


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still: rows are written and shown in the same minute."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def healthy(settings: Any) -> GmailAccount:
    """One mailbox with a working watch, one worker."""
    now = timezone.now()
    WorkerHeartbeat.objects.create(id="w", host="h", started_at=now, beaten_at=now)
    account = GmailAccount.objects.create(
        email="ann@gmail.example", google_sub="1", state="connected", next_sync_at=now + timedelta(minutes=9)
    )
    GmailWatch.objects.create(
        account=account, state="active", renew_at=now + timedelta(days=1), expires_at=now + timedelta(days=6)
    )
    return account


def concerns(operator: Client) -> list[str]:
    """What the page says needs attention, each with its mend."""
    page = operator.get("/admin/realtime/").content.decode()
    section = page[page.index('id="attention"') : page.index('id="facts"')]
    return [re.sub(r"<[^>]+>", " ", item).strip() for item in re.findall(r"<li.*?</li>", section, re.S)]


def links(operator: Client) -> list[str]:
    page = operator.get("/admin/realtime/").content.decode()
    return re.findall(r'<li class="attention-\w+"><a href="([^"]+)"', page)


def test_it_says_nothing_while_all_is_well(operator: Client, healthy: GmailAccount) -> None:
    assert concerns(operator) == ["Nothing."]


def lapse() -> None:
    GmailWatch.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


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


def minute(ago: int, process: str, **samples: Any) -> None:
    begin = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=ago)
    ProcessMinute.objects.create(minute=begin, kind="web", process=process, samples=samples)


def test_it_names_a_web_that_does_not_hear_redis(operator: Client, healthy: GmailAccount) -> None:
    minute(2, "one", finito_redis_up=[[{}, 0]])
    minute(1, "one", finito_redis_up=[[{}, 1]])
    assert concerns(operator) == ["Nothing."]
    minute(1, "two", finito_redis_up=[[{}, 0]])
    assert "did not hear Redis in their last minute: 1" in concerns(operator)[0]


def test_it_plots_the_sum_of_all_processes(operator: Client, healthy: GmailAccount) -> None:
    results = [f"result{number}" for number in range(9)]
    minute(1, "one", finito_push_total=[[{"result": name}, 10] for name in results], finito_sse_connections=[[{}, 3]])
    minute(1, "two", finito_push_total=[[{"result": "taken"}, 1_000]], finito_sse_connections=[[{}, 4]])
    page = operator.get("/admin/realtime/", headers={"X-Refresh": "1"}).content.decode()
    assert "<html" not in page
    found = re.search(r'<script id="plots-json" type="application/json">(.*?)</script>', page)
    assert found is not None
    document = json.loads(found[1])
    plots = {plot["id"]: {line["name"]: line["values"] for line in plot["lines"]} for plot in document["plots"]}
    assert len(document["times"]) == 60
    assert (plots["pushes"]["taken"][-1], plots["pushes"]["others"][-1], len(plots["pushes"])) == (1_000, 60, 5)
    assert plots["streams"]["streams"][-2:] == [None, 7]


def test_it_costs_the_same_for_any_number_of_mailboxes(operator: Client, healthy: GmailAccount) -> None:
    operator.get("/admin/realtime/")
    with CaptureQueriesContext(connection) as few:
        operator.get("/admin/realtime/")
    GmailAccount.objects.bulk_create(GmailAccount(email=f"{n}@x.example", google_sub=f"n{n}") for n in range(1_000))
    with CaptureQueriesContext(connection) as many:
        operator.get("/admin/realtime/")
    assert len(many) == len(few) <= 30


def test_it_is_for_staff(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    answer = client.get("/admin/realtime/", headers={"X-Refresh": "1"})
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def may(client: Client, *codenames: str) -> None:
    """Sign in as staff with these permissions and no others."""
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)


@pytest.mark.parametrize("permissions", [[], ["view_storedevent", "view_gmailwatch", "change_user"]])
def test_it_is_refused_to_staff_who_may_not_view_mailboxes(client: Client, permissions: list[str]) -> None:
    may(client, *permissions)
    for headers in ({}, {"X-Refresh": "1"}):
        answer = client.get("/admin/realtime/", headers=headers)
        assert (answer.status_code, b"How it stands" in answer.content) == (403, False)
    assert 'href="/admin/realtime/"' not in client.get("/admin/").content.decode()


def test_it_is_linked_from_the_streams_pages_for_staff_who_may_see_it(client: Client, operator: Client) -> None:
    eventlog.head(User.objects.get().pk)  # makes the operator's stream
    own = f"/admin/realtime/eventstream/{EventStream.objects.get().pk}/"
    pages = ["/admin/realtime/eventstream/", f"{own}change/", f"{own}history/"]
    assert all('href="/admin/realtime/"' in operator.get(page).content.decode() for page in pages)
    may(client, "view_eventstream")
    for page in pages:
        answer = client.get(page)
        assert (answer.status_code, 'href="/admin/realtime/"' in answer.content.decode()) == (200, False), page


def test_it_links_only_what_one_may_look_at(client: Client, healthy: GmailAccount) -> None:
    may(client, "view_gmailaccount")
    lapse()
    GmailAccount.objects.update(failures=3)
    assert 'href="/admin/realtime/"' in client.get("/admin/").content.decode()
    assert len(concerns(client)) == 2
    assert [link.partition("?")[0] for link in links(client)] == ["/admin/gmail_sync/gmailaccount/"]


def test_it_ships_the_library_as_it_was_published() -> None:
    sums = re.findall(r"^(\w{64})  (\S+)$", (UPLOT / "README.md").read_text(), re.M)
    assert len(sums) == 2
    for checksum, name in sums:
        assert hashlib.sha256((UPLOT / name).read_bytes()).hexdigest() == checksum
