"""Google's own auth libraries work against the simulator (oauth/endpoints.py)."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccount
from google_auth_oauthlib.flow import Flow

from tests.simulator.harness import CLIENT_ID, CLIENT_SECRET, MODIFY, REDIRECT_URI, MailboxClient, Simulator

SCOPES = ["openid", "https://www.googleapis.com/auth/userinfo.email", MODIFY]


def client_config(simulator: Simulator) -> dict[str, dict[str, str]]:
    urls = {"auth_uri": f"{simulator.url}o/oauth2/v2/auth", "token_uri": f"{simulator.url}token"}
    return {"web": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **urls}}


def test_it_walks_through_the_consent_of_google_auth_oauthlib(
    mailbox: MailboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    flow = Flow.from_client_config(client_config(mailbox.simulator), SCOPES, redirect_uri=REDIRECT_URI)
    url, state = flow.authorization_url(access_type="offline", prompt="consent", login_hint=mailbox.email)
    consented = mailbox.simulator.http.post(url, data={"decision": "allow"})
    flow.fetch_token(authorization_response=consented.headers["location"])
    assert flow.credentials.refresh_token
    assert f"state={state}" in consented.headers["location"]


def test_it_refreshes_credentials_until_they_are_revoked(mailbox: MailboxClient) -> None:
    simulator = mailbox.simulator
    token_uri, refresh_token = f"{simulator.url}token", mailbox.tokens["refresh_token"]
    credentials = Credentials(None, refresh_token, None, token_uri, CLIENT_ID, CLIENT_SECRET)
    credentials.refresh(Request())
    assert credentials.valid
    simulator.change_account(mailbox.email, "revoke")
    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials.refresh(Request())


def test_it_accepts_a_service_account(simulator: Simulator) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    robot = {
        "type": "service_account",
        "client_email": "robot@p.iam.example",
        "token_uri": f"{simulator.url}token",
        "private_key": key.private_bytes(*encoding).decode(),
    }
    credentials = ServiceAccount.from_service_account_info(robot, scopes=["https://www.googleapis.com/auth/pubsub"])
    credentials.refresh(Request())
    assert credentials.valid
