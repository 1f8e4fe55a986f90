"""Connecting and disconnecting a mailbox, from the button to the row."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.consent.google import SCOPE
from gmail_sync.models import GmailAccount
from realtime.models import StoredEvent
from tests.simulator.harness import Simulator
from tests.support.environment import CLIENT_ID
from tests.support.google.harness import Mailbox, consented, events

CALLBACK = "/accounts/callback/"


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


def press_connect(browser: Client, **more: Any) -> str:
    """Press the button; returns where Google is."""
    answer = browser.post("/accounts/connect/", **more)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def connect(browser: Client, gmail: Mailbox) -> Any:
    """The whole way; returns the answer of the callback."""
    return browser.get(CALLBACK, consented(press_connect(browser), gmail.email))


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


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


def test_it_has_google_send_the_user_back_to_where_he_is(browser: Client, google: Simulator) -> None:
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


def assert_refused(answer: Any, accounts: int = 0) -> None:
    """400 with one sentence, and nothing was created."""
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The mailbox was not connected" in page
    assert GmailAccount.objects.count() == accounts
    assert StoredEvent.objects.count() == accounts  # a mailbox that was connected told so


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


# Several at once.


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


# One mailbox again.


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


def test_it_says_which_mailbox_still_waits(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    GmailAccount.objects.update(state="reauth_required")
    other = gmail.another(f"other.{gmail.email}")
    url = press_connect(browser, data={"account": GmailAccount.objects.get().pk})
    page = browser.get(CALLBACK, consented(url, other.email), follow=True).content.decode()
    assert f"{other.email} is connected." in page
    assert f"{gmail.email} still waits for your consent" in page
    assert GmailAccount.objects.get(email=gmail.email).state == "reauth_required"


def test_it_tries_again_for_the_same_mailbox(browser: Client, gmail: Mailbox) -> None:
    connect(browser, gmail)
    pk = GmailAccount.objects.get().pk
    url = press_connect(browser, data={"account": pk})
    page = browser.get(CALLBACK, consented(url, gmail.email, decision="deny")).content.decode()
    assert f'name="account" value="{pk}"' in page


# Why not, in one sentence.

SAID = {
    "You did not allow the access": ["access_denied", "login_required", "consent_required"],
    "The administrator of this Google account": ["admin_policy_enforced", "org_internal", "restricted_client"],
    "Google could not finish": ["server_error", "temporarily_unavailable", "backendError", "", "<b>", "x" * 5_000],
    "how Finito is set up": [
        *("redirect_uri_mismatch", "invalid_client", "deleted_client", "unauthorized_client", "invalid_scope"),
        *("invalid_request", "unsupported_response_type", "disabled_client"),
    ],
}
KINDS = [(code, sentence) for sentence, codes in SAID.items() for code in codes]


@pytest.mark.parametrize(("code", "sentence"), KINDS)
def test_it_says_whose_refusal_it_is_at_the_redirect(
    browser: Client, google: Simulator, code: str, sentence: str
) -> None:
    state = asked(press_connect(browser))["state"]
    answer = browser.get(CALLBACK, {"state": state, "error": code})
    assert_refused(answer)
    assert sentence in answer.content.decode()
    assert "<b>" not in answer.content.decode()


@pytest.mark.parametrize(
    "more",
    [
        {"error_subtype": "access_blocked"},
        {"error_subtype": "admin_policy_enforced"},
        {"error_description": "Access blocked: your organization's policy (admin_policy_enforced)"},
    ],
)
def test_it_tells_an_administrators_no_from_the_users(browser: Client, google: Simulator, more: dict[str, str]) -> None:
    state = asked(press_connect(browser))["state"]
    answer = browser.get(CALLBACK, {"state": state, "error": "access_denied", **more})
    assert "The administrator of this Google account" in answer.content.decode()


TOKEN_KINDS = [(code, sentence) for code, sentence in KINDS if code.isidentifier() and len(code) < 100]
ANSWERS: list[tuple[dict[str, Any], str]] = [
    *(
        ({"method": "token", "status": 400, "reason": code, "message": "x"}, sentence)
        for code, sentence in TOKEN_KINDS
        if sentence != "You did not allow the access" or code == "access_denied"
    ),
    ({"method": "token", "status": 400, "reason": "invalid_grant"}, "came too late or was used already"),
    ({"method": "token", "status": 503, "body": "<html>"}, "Google could not finish"),
    ({"method": "token", "status": 500}, "Google could not finish"),
    ({"method": "token", "body": '{"error": {"code": 403, "message": "no"}}'}, "Google could not finish"),
    ({"method": "token", "body": '{"error": 7, "error_description": ["x"]}'}, "Google could not finish"),
    ({"method": "userinfo", "status": 403, "times": None}, "Google could not finish"),
    ({"method": "getProfile", "status": 403, "reason": "domainPolicy"}, "The administrator of this Google account"),
    ({"method": "getProfile", "status": 403, "reason": "accessNotConfigured"}, "how Finito is set up"),
    ({"method": "getProfile", "status": 403, "reason": "insufficientPermissions"}, "leave its box ticked"),
    ({"method": "getProfile", "status": 400, "reason": "failedPrecondition"}, "has no Gmail mailbox"),
    ({"method": "getProfile", "status": 429, "reason": "rateLimitExceeded"}, "Google could not finish"),
    ({"method": "getProfile", "status": 503}, "Google could not finish"),
    ({"method": "getProfile", "body": "[]"}, "Google could not finish"),
    ({"method": "getProfile", "body": '{"emailAddress": "no address", "historyId": "1"}'}, "Google could not finish"),
]


@pytest.mark.parametrize(("fault", "sentence"), ANSWERS, ids=[str(fault) for fault, _ in ANSWERS])
def test_it_says_whose_refusal_it_is_at_the_endpoints(
    browser: Client, gmail: Mailbox, fault: dict[str, Any], sentence: str
) -> None:
    gmail.fault(**fault)
    answer = connect(browser, gmail)
    assert_refused(answer)
    assert sentence in answer.content.decode()
