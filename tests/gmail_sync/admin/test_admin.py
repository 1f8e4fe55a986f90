"""The operator's pages: they show how it stands, set due times, and call nothing (admin/)."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from gmail_sync.models import GmailAccount, GmailWatch, Message, SkippedMessage
from tests.support.google.harness import Mailbox, is_due, sync, types

pytestmark = pytest.mark.any_database

MODELS = ["gmailaccount", "gmailwatch", "skippedmessage"]


@pytest.fixture
def operator(operator: Client, account: GmailAccount) -> Client:
    SkippedMessage.objects.create(account=account, gmail_id="poison", skipped=True, attempts=3)
    return operator


def act(operator: Client, model: str, action: str, row: Any, **more: str) -> str:
    """Choose an action in the list; returns the page that follows."""
    form = {"action": action, "_selected_action": row.pk, **more}
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


@pytest.fixture
def meter(gmail: Mailbox, operator: Client) -> Mailbox:
    """A mailbox that nobody has called since."""
    gmail.simulator.reset_meter()
    return gmail


def assert_asked(gmail: Mailbox, account: GmailAccount, page: str, sentence: str) -> None:
    """It is due now, and nothing was called in the request."""
    account.refresh_from_db()
    assert is_due(account)
    assert sentence in page
    assert gmail.simulator.meter()["calls"] == {}


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
    page = act(operator, "gmailwatch", "stop", GmailWatch.objects.get(), confirmed="yes")
    assert_asked(meter, account, page, "1 to be stopped")
    sync(account)
    assert meter.watched() is None


def test_try_again_has_the_worker_fetch_the_message(meter: Mailbox, operator: Client, account: GmailAccount) -> None:
    page = act(operator, "skippedmessage", "retry", SkippedMessage.objects.get())
    assert_asked(meter, account, page, "1 to be tried again")
    entry = SkippedMessage.objects.get()
    assert (entry.skipped, entry.attempts) == (False, 0)


@pytest.mark.parametrize(
    ("action", "costs"),
    [
        ("stop", "1 watch at Google"),
        ("resync", "3 mirrored messages compared"),
        ("disconnect", "1 user no longer see"),
    ],
)
def test_it_says_what_is_lost_before_it_asks_for_it(
    operator: Client, account: GmailAccount, action: str, costs: str
) -> None:
    page = act(operator, "gmailaccount", action, account)
    assert costs in page
    assert account.email in page
    account.refresh_from_db()
    assert (is_due(account), account.resync_due, GmailWatch.objects.get().wanted) == (False, False, True)


def test_resync_has_the_worker_compare_all(meter: Mailbox, operator: Client, account: GmailAccount) -> None:
    lost = Message.objects.filter(account=account).first()
    assert lost is not None
    lost.delete()
    page = act(operator, "gmailaccount", "resync", account, confirmed="yes")
    assert_asked(meter, account, page, "1 to be resynced")
    assert "resync asked" in operator.get("/admin/gmail_sync/gmailaccount/").content.decode()
    sync(account)
    assert (Message.objects.filter(account=account).count(), account.resync_due) == (3, False)
    assert account.history_id == meter.history_id
    assert (meter.calls("getProfile"), meter.calls("history.list")) == (1, 1)  # at once, and not after a lost cursor


def test_a_resync_that_is_under_way_is_not_begun_anew(operator: Client, account: GmailAccount) -> None:
    GmailAccount.objects.update(resync_pin=7)
    act(operator, "gmailaccount", "resync", account, confirmed="yes")
    account.refresh_from_db()
    assert (account.resync_pin, account.resync_requested) == (7, False)


def test_disconnect_has_the_worker_close_the_mailbox(
    meter: Mailbox, operator: Client, account: GmailAccount, ann: User
) -> None:
    page = act(operator, "gmailaccount", "disconnect", account, confirmed="yes")
    assert_asked(meter, account, page, "1 to be disconnected")
    assert types(ann) == ["account.status"]
    assert not account.users.exists()
    sync(account)
    assert not GmailAccount.objects.exists()
    assert meter.watched() is None


def test_retry_skipped_does_so_for_whole_mailboxes(meter: Mailbox, operator: Client, account: GmailAccount) -> None:
    page = act(operator, "gmailaccount", "retry_skipped", account)
    assert_asked(meter, account, page, "1 to be tried again")
    assert not SkippedMessage.objects.get().skipped


def test_it_says_that_a_mailbox_waits_for_consent(operator: Client, account: GmailAccount) -> None:
    GmailAccount.objects.update(state="reauth_required")
    assert "1 of them waits for the user" in act(operator, "gmailaccount", "renew", account)


def test_it_keeps_a_history_of_orders(operator: Client, account: GmailAccount) -> None:
    act(operator, "gmailaccount", "sync_now", account)
    assert "Sync now" in operator.get(f"/admin/gmail_sync/gmailaccount/{account.pk}/history/").content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_who_may_only_look_sees_no_action_and_cannot_forge_one(
    client: Client, operator: Client, account: GmailAccount, bob: User, model: str
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(bob)
    page = client.get(f"/admin/gmail_sync/{model}/")
    assert page.status_code == 200
    assert 'name="action"' not in page.content.decode()
    for action in ("sync_now", "renew", "stop", "resync", "disconnect", "retry_skipped", "retry"):
        form = {"action": action, "_selected_action": row_of(model).pk, "confirmed": "yes"}
        assert client.post(f"/admin/gmail_sync/{model}/", form).status_code == 403
    account.refresh_from_db()
    assert not is_due(account)
    assert SkippedMessage.objects.get().skipped


def test_it_lets_nobody_in_who_is_no_operator(client: Client, account: GmailAccount, ann: User) -> None:
    client.force_login(ann)
    assert client.get("/admin/gmail_sync/gmailaccount/").status_code == 302
    act(client, "gmailaccount", "sync_now", account)
    assert not is_due(account)
