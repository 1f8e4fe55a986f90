"""One sentence says whose refusal it is that a mailbox was not connected (consent/refusals.py)."""

from typing import Any

import pytest
from django.test import Client

from tests.gmail_sync.consent.pages import CALLBACK, asked, assert_refused, connect, press_connect
from tests.simulator.harness import Simulator
from tests.support.google.harness import Mailbox

pytestmark = pytest.mark.any_database

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
