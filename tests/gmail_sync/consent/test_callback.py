"""The callback (consent/views.py): it takes what Google sent in answer to what this browser asked, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.consent.google import SCOPE
from gmail_sync.models import GmailAccount
from tests.gmail_sync.consent.pages import CALLBACK, asked, assert_refused, connect, press_connect
from tests.support.google.consent_page import consented
from tests.support.google.harness import Mailbox

pytestmark = pytest.mark.any_database

BACK: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "a wrong state": lambda back: {**back, "state": "wrong"},
    "an empty state": lambda back: {**back, "state": ""},
    "a state that is no ASCII": lambda back: {**back, "state": "ü\ud7ff"},
    "no state": lambda back: {"code": back["code"]},
    "no code": lambda back: {"state": back["state"]},
    "an empty code": lambda back: {**back, "code": ""},
    "a wrong code": lambda back: {**back, "code": "wrong"},
    "nothing": lambda back: {},
}


@pytest.mark.parametrize("changed", BACK.values(), ids=BACK.keys())
def test_it_refuses_what_google_did_not_send(
    browser: Client, gmail: Mailbox, changed: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    back = consented(press_connect(browser), gmail.email)
    assert_refused(browser.get(CALLBACK, changed(back)))
    if changed(back).get("state") == back["state"]:
        assert_refused(browser.get(CALLBACK, back))  # it is answered
    else:
        assert browser.get(CALLBACK, back).status_code == 302  # it is spoilt by nobody else's


def test_it_refuses_a_callback_that_nobody_asked_for(browser: Client, gmail: Mailbox) -> None:
    assert_refused(browser.get(CALLBACK, {"state": "", "code": "any"}))


def test_it_refuses_the_callback_of_another_browser(browser: Client, gmail: Mailbox, bob: User) -> None:
    back = consented(press_connect(browser), gmail.email)
    another = Client()
    another.force_login(bob)
    press_connect(another)
    assert_refused(another.get(CALLBACK, back))


def test_it_takes_a_state_once(browser: Client, gmail: Mailbox) -> None:
    back = consented(press_connect(browser), gmail.email)
    assert browser.get(CALLBACK, back).status_code == 302
    assert_refused(browser.get(CALLBACK, back), accounts=1)


def test_it_refuses_a_code_that_was_redeemed(browser: Client, gmail: Mailbox) -> None:
    back = consented(press_connect(browser), gmail.email)
    browser.get(CALLBACK, back)
    state = asked(press_connect(browser))["state"]
    assert_refused(browser.get(CALLBACK, {"code": back["code"], "state": state}), accounts=1)


def test_it_accepts_a_no(browser: Client, gmail: Mailbox) -> None:
    answer = browser.get(CALLBACK, consented(press_connect(browser), gmail.email, decision="deny"))
    assert_refused(answer)
    assert "You did not allow the access" in answer.content.decode()


def test_it_needs_the_box_for_mail_to_be_ticked(browser: Client, gmail: Mailbox) -> None:
    answer = browser.get(CALLBACK, consented(press_connect(browser), gmail.email, ticks="1"))
    assert_refused(answer)
    assert "leave its box ticked" in answer.content.decode()


def test_it_needs_a_refresh_token(browser: Client, gmail: Mailbox) -> None:
    token = {"access_token": "a", "expires_in": 3600, "scope": f"openid email {SCOPE}", "token_type": "Bearer"}
    gmail.fault("token", body=json.dumps(token))
    answer = connect(browser, gmail)
    assert_refused(answer)
    assert "no refresh token" in answer.content.decode()


@pytest.mark.parametrize(
    "fault",
    [
        {"method": "token", "status": 500},
        {"method": "token", "status": 400, "reason": "invalid_grant"},
        {"method": "token", "body": "<html>"},
        {"method": "token", "body": "{}"},
        {"method": "token", "body": "[]"},
        {"method": "userinfo", "status": 500},
        {"method": "userinfo", "status": 401, "times": None},
        {"method": "userinfo", "body": "<html>"},
        {"method": "userinfo", "body": "{}"},
        {"method": "userinfo", "body": "[]"},
        {"method": "userinfo", "body": '{"sub": null}'},
        {"method": "userinfo", "body": '{"sub": ""}'},
        {"method": "userinfo", "body": r'{"sub": "1\u0000"}'},
        {"method": "userinfo", "body": r'{"sub": "\ud800"}'},
        {"method": "userinfo", "body": '{"sub": "%s"}' % ("1" * 256)},
        {"method": "getProfile", "status": 403, "reason": "insufficientPermissions"},
        {"method": "getProfile", "status": 500},
        {"method": "getProfile", "body": "{}"},
        {"method": "getProfile", "body": "<html>"},
    ],
)
def test_rule_06_a_consent_that_does_not_reach_the_mailbox_changes_nothing(
    browser: Client, gmail: Mailbox, fault: dict[str, Any]
) -> None:
    gmail.fault(**fault)
    assert_refused(connect(browser, gmail))


def test_rule_06_a_failed_consent_leaves_the_connected_mailbox_alone(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    before = str(GmailAccount.objects.values())
    token = GmailAccount.objects.get().credentials.token
    gmail.fault("getProfile", status=500)
    assert_refused(connect(browser, gmail), accounts=1)
    assert (str(GmailAccount.objects.values()), GmailAccount.objects.get().credentials.token) == (before, token)
