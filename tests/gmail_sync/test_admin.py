"""The operator's pages: they show how it stands, set due times, and call nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from tests.gmail_sync.harness import Mailbox, is_due, sync

MODELS = ["gmailaccount", "gmailwatch", "skippedmessage"]


@pytest.fixture
def operator(client: Client, account: GmailAccount) -> Client:
    SkippedMessage.objects.create(account=account, gmail_id="poison", skipped=True, attempts=3)
    client.force_login(User.objects.create_superuser("operator"))
    return client


def act(operator: Client, model: str, action: str, row: Any) -> str:
    """Choose an action in the list; returns the page that follows."""
    form = {"action": action, "_selected_action": row.pk}
    return str(operator.post(f"/admin/gmail_sync/{model}/", form, follow=True).content.decode())


def row_of(model: str) -> Any:
    return apps.get_model("gmail_sync", model)._default_manager.get()


@pytest.mark.parametrize("model", MODELS)
def test_it_lists_and_shows_but_neither_adds_nor_deletes(operator: Client, model: str) -> None:
    pk = row_of(model).pk
    assert operator.get(f"/admin/gmail_sync/{model}/").status_code == 200
    assert operator.get(f"/admin/gmail_sync/{model}/{pk}/change/").status_code == 200
    assert operator.get(f"/admin/gmail_sync/{model}/add/").status_code == 403
    assert operator.post(f"/admin/gmail_sync/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in operator.get(f"/admin/gmail_sync/{model}/").content.decode()
    assert row_of(model).pk == pk


def test_rule_01_membership_is_read_only(operator: Client, account: GmailAccount, ann: User, bob: User) -> None:
    fields = [field for field in GmailAccount._meta.fields if field.editable and not field.blank]
    form = {field.name: field.value_from_object(account) for field in fields}
    form |= {"users": [bob.pk], "google_sub": "stolen"}
    operator.post(f"/admin/gmail_sync/gmailaccount/{account.pk}/change/", form)
    account.refresh_from_db()
    assert list(account.users.all()) == [ann]
    assert account.google_sub != "stolen"


@pytest.mark.parametrize("path", ["gmailaccount/", "gmailaccount/{pk}/change/", "gmailaccount/{pk}/history/"])
def test_it_never_shows_credentials(operator: Client, account: GmailAccount, path: str) -> None:
    page = operator.get(f"/admin/gmail_sync/{path.format(pk=account.pk)}").content.decode()
    secrets = account.credentials.open()
    assert account.email in page
    for secret in (account.credentials.token, secrets["token"], secrets["refresh_token"], "sealed"):
        assert secret not in page


@pytest.fixture
def meter(gmail: Mailbox, operator: Client) -> Mailbox:
    """A mailbox that nobody has called since."""
    gmail.simulator.sim("DELETE", "meter")
    return gmail


def assert_asked(gmail: Mailbox, account: GmailAccount, page: str, sentence: str) -> None:
    """It is due now, and nothing was called in the request."""
    account.refresh_from_db()
    assert is_due(account)
    assert sentence in page
    assert gmail.simulator.sim("GET", "meter")["calls"] == {}


def test_sync_now_makes_a_mailbox_due_whatever_its_back_off(
    meter: Mailbox, operator: Client, account: GmailAccount
) -> None:
    GmailAccount.objects.update(retry_at=timezone.now() + timedelta(hours=1))
    page = act(operator, "gmailaccount", "sync_now", account)
    assert_asked(meter, account, page, "1 to be synced")


def test_renew_has_the_worker_renew_the_watch(meter: Mailbox, operator: Client, account: GmailAccount) -> None:
    GmailWatch.objects.update(wanted=False)
    page = act(operator, "gmailwatch", "renew", GmailWatch.objects.get())
    assert_asked(meter, account, page, "1 to be renewed")
    sync(account)
    assert (meter.calls("watch"), GmailWatch.objects.get().wanted) == (1, True)


def test_stop_has_the_worker_stop_the_watch(meter: Mailbox, operator: Client, account: GmailAccount) -> None:
    page = act(operator, "gmailwatch", "stop", GmailWatch.objects.get())
    assert_asked(meter, account, page, "1 to be stopped")
    sync(account)
    assert meter.watched() is None


def test_try_again_has_the_worker_fetch_the_message(meter: Mailbox, operator: Client, account: GmailAccount) -> None:
    page = act(operator, "skippedmessage", "retry", SkippedMessage.objects.get())
    assert_asked(meter, account, page, "1 to be tried again")
    entry = SkippedMessage.objects.get()
    assert (entry.skipped, entry.attempts) == (False, 0)


def test_it_lets_nobody_in_who_is_no_operator(client: Client, account: GmailAccount, ann: User) -> None:
    client.force_login(ann)
    assert client.get("/admin/gmail_sync/gmailaccount/").status_code == 302
    act(client, "gmailaccount", "sync_now", account)
    assert not is_due(account)
