"""Gives the consent page as a program answers it, and what its code is worth."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx

from simulator.client import Json
from tests.simulator.harness import CLIENT_ID, MODIFY, REDIRECT_URI, MailboxClient, Simulator

AUTH = "/o/oauth2/v2/auth"


VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"


CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


REQUEST = {
    "client_id": CLIENT_ID,
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "scope": f"openid email {MODIFY}",
    "state": "s t&te",
    "access_type": "offline",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def consent(mailbox: MailboxClient, **fields: str) -> Json:
    form = {**REQUEST, "email": mailbox.email, **fields}
    answer = mailbox.simulator.http.post(AUTH, data=form)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(REDIRECT_URI)
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def exchange(simulator: Simulator, code: str, verifier: str = VERIFIER) -> httpx.Response:
    return simulator.token(grant_type="authorization_code", code=code, code_verifier=verifier)
