"""Consent, tokens and how they die."""

import httpx
import jwt
import pytest

from tests.simulator.consent import REQUEST, VERIFIER, consent, exchange
from tests.simulator.harness import CLIENT_ID, MailboxClient, Simulator


def refresh(simulator: Simulator, refresh_token: str) -> httpx.Response:
    return simulator.token(grant_type="refresh_token", refresh_token=refresh_token)


def test_it_exchanges_a_code_for_tokens_that_say_who_it_is(mailbox: MailboxClient) -> None:
    simulator = mailbox.simulator
    answer = consent(mailbox, prompt="consent")
    tokens = exchange(simulator, answer["code"]).json()
    assert answer["state"] == REQUEST["state"]
    assert tokens.keys() == {"access_token", "expires_in", "scope", "token_type", "id_token", "refresh_token"}
    assert "https://www.googleapis.com/auth/userinfo.email" in tokens["scope"].split()
    key = jwt.PyJWKClient(f"{simulator.url}oauth2/v3/certs").get_signing_key_from_jwt(tokens["id_token"])
    claims = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=CLIENT_ID)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    userinfo = simulator.http.get("/v1/userinfo", headers=bearer).json()
    assert (claims["email"], claims["sub"]) == (userinfo["email"], userinfo["sub"])


def test_it_takes_a_code_once(mailbox: MailboxClient) -> None:
    code = consent(mailbox)["code"]
    answers = [exchange(mailbox.simulator, code) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"] == "invalid_grant"


def test_it_refuses_a_wrong_verifier(mailbox: MailboxClient) -> None:
    answer = exchange(mailbox.simulator, consent(mailbox)["code"], verifier="wrong")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_it_refuses_another_redirect_uri(mailbox: MailboxClient) -> None:
    answer = mailbox.simulator.token(
        grant_type="authorization_code",
        code=consent(mailbox)["code"],
        code_verifier=VERIFIER,
        redirect_uri="http://127.0.0.1/elsewhere",
    )
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("prompt", "access_type", "given"),
    [
        ("", "offline", False),
        ("consent", "offline", True),
        ("select_account consent", "offline", True),
        ("consent", "", False),
    ],
)
def test_it_gives_a_refresh_token_again_only_on_consent(
    mailbox: MailboxClient, prompt: str, access_type: str, given: bool
) -> None:
    code = consent(mailbox, prompt=prompt, access_type=access_type)["code"]
    assert ("refresh_token" in exchange(mailbox.simulator, code).json()) is given


def test_it_refreshes_until_any_token_is_revoked(mailbox: MailboxClient) -> None:
    simulator, token = mailbox.simulator, mailbox.tokens["refresh_token"]
    assert refresh(simulator, token).json()["access_token"]
    assert simulator.http.post("/revoke", data={"token": mailbox.tokens["access_token"]}).status_code == 200
    assert (refresh(simulator, token).status_code, refresh(simulator, token).json()["error"]) == (
        400,
        "invalid_grant",
    )
    assert mailbox.call("GET", "profile").status_code == 401


def test_it_takes_the_token_to_revoke_from_the_query(mailbox: MailboxClient) -> None:
    answer = mailbox.simulator.http.post("/revoke", params={"token": mailbox.tokens["refresh_token"]})
    assert answer.status_code == 200
    assert mailbox.simulator.http.post("/revoke", params={"token": "unknown"}).status_code == 400


def test_it_forgets_an_account_that_disappears_until_it_comes_back(mailbox: MailboxClient) -> None:
    simulator, token = mailbox.simulator, mailbox.tokens["refresh_token"]
    simulator.change_account(mailbox.email, "disappear")
    assert refresh(simulator, token).json()["error"] == "invalid_grant"
    assert mailbox.call("GET", "profile").json()["error"]["errors"][0]["reason"] == "authError"
    simulator.change_account(mailbox.email, "appear")
    assert mailbox.call("GET", "profile").status_code == 200


def test_it_ends_access_tokens_after_their_time() -> None:
    with Simulator("--access-token-seconds", "60") as simulator:
        mailbox = simulator.mailbox("brief@example.com")
        simulator.sim("POST", "clock", advance=61)
        assert mailbox.call("GET", "profile").status_code == 401
        mailbox.tokens |= refresh(simulator, mailbox.tokens["refresh_token"]).json()
        assert mailbox.call("GET", "profile").status_code == 200


def test_it_knows_only_the_client_it_was_told() -> None:
    with Simulator("--client-id", "other", "--client-secret", "s") as simulator:
        assert simulator.token(grant_type="refresh_token", refresh_token="x").json()["error"] == "invalid_client"


def test_it_keeps_the_scope_of_metadata(simulator: Simulator, mailbox: MailboxClient) -> None:
    scope = "https://www.googleapis.com/auth/gmail.metadata"
    mailbox.tokens = simulator.tokens(mailbox.email, scope)
    (added,) = mailbox.add()
    statuses = [mailbox.call("GET", f"messages/{added}?format={view}").status_code for view in ("metadata", "full")]
    assert statuses == [200, 403]
    assert mailbox.call("GET", "messages?q=x").status_code == 403


def test_it_gives_a_service_account_a_bearer(simulator: Simulator) -> None:
    grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assertion = jwt.encode({"iss": "robot@p.iam.example"}, "k" * 32)
    assert simulator.token(grant_type=grant_type, assertion=assertion).json()["access_token"]
    assert simulator.token(grant_type=grant_type, assertion="nonsense").json()["error"] == "invalid_grant"


def test_it_verifies_with_old_keys_after_a_rotation(mailbox: MailboxClient) -> None:
    simulator = mailbox.simulator
    old = mailbox.tokens["id_token"]
    simulator.sim("POST", "certs/rotate")
    key = jwt.PyJWKClient(f"{simulator.url}oauth2/v3/certs").get_signing_key_from_jwt(old)
    assert jwt.decode(old, key, algorithms=["RS256"], audience=CLIENT_ID)["email"] == mailbox.email
