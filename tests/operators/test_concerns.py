"""What needs attention, health, the metrics and the lists behind the links speak of the same rows."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client

from gmail_sync import status
from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from operators.concerns import concerns

pytestmark = pytest.mark.django_db(transaction=True)

WATCHES = [("active", -1), ("silent", 30), ("failed", 30), ("failed", -1)]  # state, hours left


@pytest.fixture(autouse=True)
def _of_all_kinds(db: None) -> None:
    """Each watch of a mailbox that is read, of one that waits for consent, of one that closes, and one stopped."""
    kinds = [("connected", True), ("reauth_required", True), ("closing", True), ("connected", False)]
    for number, (state, wanted, watch, hours) in enumerate((*kind, *watch) for kind in kinds for watch in WATCHES):
        account = GmailAccount.objects.create(
            email=f"user{number}@gmail.example",
            google_sub=str(number),
            state=state,
            failures=number % 5,
            history_away_since=Now() if number in (0, 5, 9) else None,
        )
        left = Now() + timedelta(hours=hours)
        GmailWatch.objects.create(account=account, state=watch, wanted=wanted, expires_at=left)
        SkippedMessage.objects.create(account=account, gmail_id="x", skipped=number % 2 == 0)


def test_each_link_shows_the_rows_that_are_counted(client: Client) -> None:
    operator = User.objects.create_superuser("operator")
    client.force_login(operator)
    linked = [concern for concern in concerns(redis_error="", deaf_webs=0) if concern.link(operator)]
    counts = [int(re.findall(r": (\d+)", concern.what)[0]) for concern in linked]
    assert counts == [2, 1, 2, 6, 4, 3, 8]
    rows = [client.get(concern.link(operator)).content.decode().count('name="_selected_action"') for concern in linked]
    assert rows == counts


def test_the_metrics_count_the_watches_that_are_to_be_kept(settings: Any) -> None:
    assert status.look().watches == {"none": 0, "active": 1, "silent": 1, "failed": 2}
    GmailWatch.objects.filter(account__state="connected").delete()
    assert set(status.look().watches.values()) == {0}
    assert status.push_state() == "none"


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_filter_and_its_opposite_are_all_rows(operator: Client, answer: str) -> None:
    for path, count in (("gmailwatch/?kept=", 4), ("gmailaccount/?failing=", 6)):
        page = operator.get(f"/admin/gmail_sync/{path}{answer}").content.decode()
        assert page.count('name="_selected_action"') == (count if answer == "yes" else 16 - count)
