"""A user connects and disconnects a mailbox, from the button to the row."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.consent.google import SCOPE
from gmail_sync.models import GmailAccount
from tests.gmail_sync.consent.pages import CALLBACK, asked, assert_refused, connect, press_connect
from tests.simulator.harness import Simulator
from tests.support.environment import CLIENT_ID
from tests.support.google.consent_page import consented
from tests.support.google.harness import Mailbox, events

pytestmark = pytest.mark.any_database


def test_it_sends_the_user_to_google_with_all_that_google_needs(browser: Client, google: Simulator) -> None:
    url = press_connect(browser)
    parameters = asked(url)
    assert url.startswith(f"{google.url.rstrip('/')}/o/oauth2/v2/auth?")
    assert len(parameters.pop("state")) >= 16
    assert len(parameters.pop("code_challenge")) == 43
    assert sorted(parameters.pop("scope").split()) == ["email", SCOPE, "openid"]
    assert parameters == {
        "client_id": CLIENT_ID,
        "redirect_uri": "http://testserver/accounts/callback/",
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge_method": "S256",
    }


def test_it_has_google_send_the_user_back_to_where_they_are(browser: Client, google: Simulator) -> None:
    url = press_connect(browser, HTTP_HOST="localhost:8123", secure=True)
    assert asked(url)["redirect_uri"] == "https://localhost:8123/accounts/callback/"


def test_it_gives_every_attempt_a_state_and_a_verifier_of_its_own(browser: Client, google: Simulator) -> None:
    first, second = asked(press_connect(browser)), asked(press_connect(browser))
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_it_connects_the_mailbox(browser: Client, gmail: Mailbox, ann: User) -> None:
    answer = connect(browser, gmail)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/")
    account = GmailAccount.objects.get()
    assert (account.email, account.state, list(account.users.all())) == (gmail.email, "syncing", [ann])
    assert account.history_id == gmail.history_id
    assert [payload["state"] for _, payload in events(ann)] == ["syncing"]


def test_it_connects_one_mailbox_for_two_users(browser: Client, gmail: Mailbox, ann: User, bob: User) -> None:
    connect(browser, gmail)
    browser.force_login(bob)
    assert connect(browser, gmail).status_code == 302
    assert set(GmailAccount.objects.get().users.all()) == {ann, bob}


def test_it_connects_again_without_making_a_second_account(browser: Client, gmail: Mailbox, ann: User) -> None:
    connect(browser, gmail)
    before = GmailAccount.objects.get()
    assert connect(browser, gmail).status_code == 302
    again = GmailAccount.objects.get()
    assert (again.pk, list(again.users.all())) == (before.pk, [ann])
    assert again.credentials_version == before.credentials_version + 1


def test_it_says_when_no_google_client_is_configured(browser: Client, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""
    assert_refused(browser.post("/accounts/connect/"))


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/accounts/connect/"), ("post", CALLBACK), ("get", "/accounts/1/disconnect/")]
)
def test_it_takes_each_step_by_one_method_only(browser: Client, method: str, path: str) -> None:
    assert getattr(browser, method)(path).status_code == 405


@pytest.mark.parametrize("path", ["/accounts/connect/", "/accounts/1/disconnect/"])
def test_it_needs_the_csrf_token(ann: User, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ann)
    assert strict.post(path).status_code == 403


@pytest.mark.parametrize("path", ["/accounts/connect/", CALLBACK, "/accounts/1/disconnect/"])
def test_it_sends_a_stranger_to_the_login(client: Client, path: str) -> None:
    for answer in (client.post(path), client.get(path)):
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={path}")


def test_it_disconnects_a_mailbox(browser: Client, gmail: Mailbox, ann: User) -> None:
    connect(browser, gmail)
    account = GmailAccount.objects.get()
    answer = browser.post(f"/accounts/{account.pk}/disconnect/")
    account.refresh_from_db()
    assert (answer.headers["Location"], account.state, account.users.count()) == ("/accounts/", "closing", 0)


def test_it_does_not_disconnect_the_mailbox_of_others(browser: Client, gmail: Mailbox, ann: User, bob: User) -> None:
    connect(browser, gmail)
    browser.force_login(bob)
    assert browser.post(f"/accounts/{GmailAccount.objects.get().pk}/disconnect/").status_code == 302
    assert list(GmailAccount.objects.get().users.all()) == [ann]
    assert events(bob) == []


def test_reconnect_asks_for_that_mailbox(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    parameters = asked(press_connect(browser, data={"account": GmailAccount.objects.get().pk}))
    assert (parameters["login_hint"], parameters["prompt"]) == (gmail.email, "consent")


def test_reconnect_knows_a_mailbox_without_an_address_by_its_sub(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    GmailAccount.objects.update(email=f"{gmail.email} (formerly) 1")
    account = GmailAccount.objects.get()
    assert asked(press_connect(browser, data={"account": account.pk}))["login_hint"] == account.google_sub


@pytest.mark.parametrize("account", ["theirs", "0", "-1", "x", "9" * 30, "١"])
def test_it_reconnects_no_mailbox_of_others(browser: Client, gmail: Mailbox, bob: User, account: str) -> None:
    connect(browser, gmail)
    browser.force_login(bob)
    pk = str(GmailAccount.objects.get().pk) if account == "theirs" else account
    assert browser.post("/accounts/connect/", {"account": pk}).status_code == 404


def test_reconnecting_with_another_google_account_changes_nothing(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    GmailAccount.objects.update(state="reauth_required")
    other = gmail.another(f"other.{gmail.email}")
    url = press_connect(browser, data={"account": GmailAccount.objects.get().pk})
    page = browser.get(CALLBACK, consented(url, other.email), follow=True).content.decode()
    assert f"You chose {other.email} at Google, so nothing was changed" in page
    assert f"{gmail.email} still waits for your consent" in page
    assert GmailAccount.objects.get().state == "reauth_required"


def test_it_tries_again_for_the_same_mailbox(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    pk = GmailAccount.objects.get().pk
    url = press_connect(browser, data={"account": pk})
    page = browser.get(CALLBACK, consented(url, gmail.email, decision="deny")).content.decode()
    assert f'name="account" value="{pk}"' in page
