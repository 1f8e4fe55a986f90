"""A user allows acts beside reading, or not: what the grant covers decides, and whose it is."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.consent.google import MODIFY
from gmail_sync.models import GmailAccount
from tests.gmail_sync.consent.pages import CALLBACK, asked
from tests.support.google.consent_page import consented
from tests.support.google.harness import Mailbox, events, sync

pytestmark = pytest.mark.any_database


def press_allow(browser: Client, account: GmailAccount) -> str:
    answer = browser.post(f"/accounts/{account.pk}/allow/")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def come_back(browser: Client, account: GmailAccount, email: str, **what: Any) -> str:
    """Go the whole way to Google and back; returns the page of the mailboxes."""
    answer = browser.get(CALLBACK, consented(press_allow(browser, account), email, **what))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/")
    account.refresh_from_db()
    return browser.get("/accounts/").content.decode()


def test_it_asks_for_modify_alone_and_for_this_mailbox(browser: Client, account: GmailAccount) -> None:
    parameters = asked(press_allow(browser, account))
    assert sorted(parameters["scope"].split()) == ["email", MODIFY, "openid"]
    assert (parameters["login_hint"], parameters["prompt"]) == (account.email, "consent")
    assert "include_granted_scopes" not in parameters


def test_it_says_that_a_mailbox_is_read_only_until_it_is_allowed(
    browser: Client, gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    assert "Read-only" in browser.get("/accounts/").content.decode()
    page = come_back(browser, account, gmail.email)
    assert f"You can now act on {gmail.email}." in page
    assert "Read-only" not in page
    assert (account.can_act, account.state, MODIFY in account.scopes) == (True, "connected", True)
    assert [payload["can_act"] for name, payload in events(ann) if name == "account.status"] == [True]


@pytest.mark.parametrize("answer", [{"decision": "deny"}, {"ticks": "1"}])
def test_a_refusal_at_google_changes_nothing(
    browser: Client, gmail: Mailbox, account: GmailAccount, answer: dict[str, str]
) -> None:
    version = account.credentials_version
    page = come_back(browser, account, gmail.email, **answer)
    assert "You did not allow Finito to act, so the mailbox stays as it was." in page
    assert (account.can_act, account.credentials_version, account.state) == (False, version, "connected")


def test_another_google_account_changes_nothing_and_is_named(
    browser: Client, gmail: Mailbox, account: GmailAccount
) -> None:
    other = gmail.another(f"other.{gmail.email}")
    page = come_back(browser, account, other.email)
    assert f"You chose {other.email} at Google, so nothing was changed: {gmail.email} stays as it was." in page
    assert (account.can_act, GmailAccount.objects.count()) == (False, 1)


def test_mail_page_09_a_second_members_read_only_consent_keeps_acting_possible(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    broader = gmail.connect(ann, act=True)
    joined = gmail.connect(bob)
    assert set(joined.users.all()) == {ann, bob}
    assert (joined.can_act, joined.credentials_version) == (True, broader.credentials_version)
    gmail.deliver()
    sync(joined)
    assert joined.history_id == gmail.history_id


def test_a_broader_consent_that_is_lost_gives_way(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann, act=True)
    GmailAccount.objects.update(state="reauth_required")
    again = gmail.connect(ann)
    assert (again.can_act, again.state) == (False, "syncing")
    assert again.credentials_version == account.credentials_version + 1


def test_only_a_member_is_sent_to_google(browser: Client, account: GmailAccount, bob: User) -> None:
    browser.force_login(bob)
    assert browser.post(f"/accounts/{account.pk}/allow/").status_code == 404
    assert browser.get(f"/accounts/{account.pk}/allow/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(f"/accounts/{account.pk}/allow/").status_code == 403
