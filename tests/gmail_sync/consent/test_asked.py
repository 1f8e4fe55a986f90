"""The questions to Google that a browser keeps, several at once (consent/asked.py)."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.gmail_sync.consent.pages import CALLBACK, assert_refused, press_connect
from tests.simulator.harness import Simulator
from tests.support.google.consent_page import consented
from tests.support.google.harness import Mailbox

pytestmark = pytest.mark.any_database


def test_it_lets_two_tabs_ask_side_by_side(browser: Client, gmail: Mailbox) -> None:
    first, second = press_connect(browser), press_connect(browser)
    for url in (first, second):
        assert browser.get(CALLBACK, consented(url, gmail.email)).status_code == 302


def test_a_foreign_link_and_a_reload_spoil_nothing(browser: Client, gmail: Mailbox) -> None:
    waiting, answered = press_connect(browser), consented(press_connect(browser), gmail.email)
    assert_refused(browser.get(CALLBACK, {"state": "foreign", "code": "stolen"}))
    assert browser.get(CALLBACK, answered).status_code == 302
    page = browser.get(CALLBACK, answered).content.decode()
    assert "was not started here, or was answered already" in page
    assert browser.get(CALLBACK, consented(waiting, gmail.email)).status_code == 302


def test_it_keeps_the_newest_eight(browser: Client, gmail: Mailbox) -> None:
    urls = [press_connect(browser)]
    browser.cookies[next(name for name in browser.cookies if name.startswith("asked-"))] = "1"  # the oldest
    urls += [press_connect(browser) for _ in range(8)]
    answers = [browser.get(CALLBACK, consented(url, gmail.email)).status_code for url in urls]
    assert answers == [400] + 8 * [302]


def test_it_forgets_what_was_asked_an_hour_ago(
    browser: Client, gmail: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour_ago = time.time() - 3_601
    monkeypatch.setattr("django.core.signing.time.time", lambda: hour_ago)
    url = press_connect(browser)
    monkeypatch.undo()
    assert_refused(browser.get(CALLBACK, consented(url, gmail.email)))


def test_it_keeps_what_one_user_asked_from_the_next_in_the_same_browser(
    browser: Client, gmail: Mailbox, bob: User
) -> None:
    back = consented(press_connect(browser), gmail.email)
    browser.force_login(bob)
    assert_refused(browser.get(CALLBACK, back))


def test_it_goes_on_after_the_session_ended_at_google(browser: Client, gmail: Mailbox, ann: User) -> None:
    back = consented(press_connect(browser), gmail.email)
    browser.cookies.pop("sessionid")
    answer = browser.get(CALLBACK, back)
    assert answer.headers["Location"].startswith("/login/?next=/accounts/callback/")
    browser.force_login(ann)
    assert browser.get(CALLBACK, back).status_code == 302


def test_its_cookies_are_for_this_host_over_https(browser: Client, google: Simulator, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    cookies = browser.post("/accounts/connect/").cookies
    (name,) = cookies
    assert name.startswith("__Host-asked-")
    cookie = cookies[name]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")


def test_the_state_tells_neither_the_verifier_nor_can_it_be_made(browser: Client, gmail: Mailbox) -> None:
    back = consented(press_connect(browser), gmail.email)
    middle = len(back["state"]) // 2
    forged = back["state"][:middle] + ("A" if back["state"][middle] != "A" else "B") + back["state"][middle + 1 :]
    assert_refused(browser.get(CALLBACK, {**back, "state": forged}))
