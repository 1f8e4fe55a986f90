"""All lists of the admin together: they show no secret, cost the same for any number of rows, and refresh by parts."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gmail_sync.events import MessageAdded
from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount, GmailWatch, LabelAction, SkippedMessage
from realtime.log import eventlog
from realtime.models import OpenStreams, Rollout

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

OURS = [model for model in admin.site._registry if model._meta.app_label in ("gmail_sync", "realtime")]
OURS.remove(Rollout)  # one row, which operators do change (tests/realtime/transport/supabase/test_rollout.py)
SECRETS = {"token": "clear-access-token", "refresh_token": "clear-refresh-token"}


def fill(rows: int) -> None:
    """So many rows of each kind, each of a user and a mailbox of its own."""
    now = timezone.now()
    users = User.objects.bulk_create([User(username=f"user{number}") for number in range(rows)])
    accounts = GmailAccount.objects.bulk_create(
        GmailAccount(
            email=f"user{n}@gmail.example",
            google_sub=str(n),
            state="connected",
            credentials=Sealed.of(SECRETS),  # type: ignore[misc]  # the field takes it
            last_error="error" if n % 2 else "",
            last_push_at=now,
            last_synced_at=now,
            next_sync_at=now,
            quota_spent=[[int(now.timestamp()) - 1_000, 40]],
        )
        for n in range(rows)
    )
    members = GmailAccount.users.through
    members.objects.bulk_create(members(gmailaccount=a, user=u) for a, u in zip(accounts, users, strict=True))
    GmailWatch.objects.bulk_create(
        GmailWatch(account=a, state="active", expires_at=now + timedelta(days=n - 1), renew_at=now, renewed_at=now)
        for n, a in enumerate(accounts)
    )
    SkippedMessage.objects.bulk_create(SkippedMessage(account=a, gmail_id="x", skipped=True) for a in accounts)
    LabelAction.objects.bulk_create(
        LabelAction(op=uuid4(), user=u, account=a, message_ids=["x"], add=["TRASH"], created_at=now)
        for a, u in zip(accounts, users, strict=True)
    )
    with eventlog.atomic() as log:
        log.append([user.pk for user in users], MessageAdded(1, {"subject": "a subject of somebody"}))
    OpenStreams.objects.bulk_create(OpenStreams(user=u, process="web:1", streams=2, seen_at=now) for u in users)


def queries(operator: Client, rows: int) -> dict[str, int]:
    """How often each list asks the database for its first hundred of so many rows."""
    fill(rows)
    counted = {}
    for model in OURS:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        operator.get(path)  # makes the operator's own position
        with CaptureQueriesContext(connection) as asked:
            page = operator.get(path).content.decode()
        assert len(re.findall("<tr>", page)) >= min(rows, 100), path
        counted[path] = len(asked)
    return counted


def test_it_asks_the_database_as_often_for_a_thousand_rows(operator: Client) -> None:
    few = queries(operator, 10)
    GmailAccount.objects.all().delete()
    User.objects.exclude(username="operator").delete()
    many = queries(operator, 1_000)
    assert many == few
    assert max(many.values()) <= 12


def addresses() -> Iterator[str]:
    """Every page of the admin that can be read, the confirmations excepted."""
    yield from ("/admin/", "/admin/realtime/", "/admin/gmail_sync/")
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        for row in model._default_manager.all():
            yield reverse(f"{name}_change", args=[row.pk])
            yield reverse(f"{name}_history", args=[row.pk])


def test_it_shows_no_credentials_and_no_mail_on_any_page(operator: Client) -> None:
    fill(2)
    account = GmailAccount.objects.earliest("pk")
    pages = {path: operator.get(path) for path in addresses()}
    chosen = {"_selected_action": account.pk}
    for action in ("stop", "resync", "disconnect"):
        pages[action] = operator.post("/admin/gmail_sync/gmailaccount/", chosen | {"action": action})
    refresh = {"X-Refresh": "1"}
    pages["rows"] = operator.get("/admin/gmail_sync/gmailaccount/", headers=refresh)
    assert len(pages) > 20
    for path, page in pages.items():
        assert page.status_code == 200, path
        for secret in (*SECRETS.values(), account.credentials.token[:30], "sealed", "a subject of somebody"):
            assert secret not in page.content.decode(), path
    assert account.email in pages["rows"].content.decode()


def test_a_refresh_is_the_rows_alone(operator: Client) -> None:
    fill(1)
    part = operator.get("/admin/gmail_sync/gmailaccount/", headers={"X-Refresh": "1"}).content.decode()
    assert "result_list" in part
    assert "<html" not in part


def test_the_index_names_the_apps_in_words(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    assert re.search(r">\s*Gmail\s*</a>", page)
    assert re.search(r">\s*Event stream\s*</a>", page)


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("expiry=lapsed", ["user0", "user1"]),
        ("expiry=day", ["user2"]),
        ("expiry=later", ["user3"]),
        ("expiry=none", []),
        ("state__exact=connected&q=user2", ["user2"]),
        ("failing=yes", ["user3"]),
    ],
)
def test_it_filters_mailboxes(operator: Client, query: str, listed: list[str]) -> None:
    fill(4)
    GmailWatch.objects.filter(account__email__startswith="user2").update(expires_at=timezone.now() + timedelta(hours=9))
    GmailAccount.objects.filter(email__startswith="user2").update(failures=2)
    GmailAccount.objects.filter(email__startswith="user3").update(failures=3)
    page = operator.get(f"/admin/gmail_sync/gmailaccount/?{query}").content.decode()
    assert re.findall(r">(user\d)@gmail", page) == listed


def test_it_lists_open_streams_of_processes_that_still_write(operator: Client) -> None:
    fill(2)
    OpenStreams.objects.filter(user__username="user0").update(seen_at=timezone.now() - timedelta(minutes=5))
    page = operator.get("/admin/realtime/openstreams/").content.decode()
    assert ("user1" in page, "user0" in page) == (True, False)


def test_it_shows_every_field_once_and_groups_those_of_mail(operator: Client) -> None:
    fill(1)
    for model in OURS:
        page: Any = admin.site._registry[model]
        row = model._default_manager.get()
        groups = page.get_fieldsets(None, row)
        shown = [name for _, group in groups for name in group["fields"]]
        assert sorted(shown) == sorted(page.get_readonly_fields(None, row))
        assert (len(groups) > 1) == (model._meta.app_label == "gmail_sync")
        html = operator.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]))
        assert [title for title, _ in groups if title and title not in html.content.decode()] == []


def test_a_list_shows_the_last_error_beside_the_state(operator: Client) -> None:
    fill(1)
    GmailAccount.objects.update(last_error="403 <b>refused</b>")
    page = operator.get("/admin/gmail_sync/gmailaccount/").content.decode()
    assert re.search(r'<td class="field-how">.*403 &lt;b&gt;refused&lt;/b&gt;</span></td>', page)
