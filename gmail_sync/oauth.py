"""Consent: from the authorization request to a grant that is proven to reach the mailbox.

Specification: https://developers.google.com/identity/protocols/oauth2/web-server (PKCE: RFC 7636)
"""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error

from gmail_sync import consent_http
from gmail_sync.answers import Answer
from gmail_sync.exceptions import ConsentFailed, GmailError
from gmail_sync.gmail_api import Gmail
from gmail_sync.google_http import Http
from gmail_sync.refusals import NO_ANSWER
from gmail_sync.token_endpoint import FORM

SCOPE = "https://www.googleapis.com/auth/gmail.readonly"
SCOPES = ["openid", "email", SCOPE]
# Google names `email` in full in its answer; the broader Gmail scopes cover ours.
SUFFICIENT = {SCOPE, "https://www.googleapis.com/auth/gmail.modify", "https://mail.google.com/"}


@dataclass(frozen=True)
class Request:
    """What the browser is sent to, and what the callback must know of it."""

    url: str
    state: str
    code_verifier: str


@dataclass(frozen=True)
class Grant:
    """A consent that works: whose it is, the credentials to store, and the mailbox's present historyId."""

    sub: str
    email: str
    credentials: dict[str, Any]
    history_id: int
    scopes: str = ""


def _flow(redirect_uri: str, **kwargs: Any) -> Any:
    # The user may untick a scope: that is judged below, not by an exception about a changed list.
    os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    if urlsplit(settings.GOOGLE_TOKEN_URL).scheme == "http":  # a stand-in on loopback, as a system check makes sure
        os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")
    config = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
        "auth_uri": settings.GOOGLE_AUTH_URL,
        "token_uri": settings.GOOGLE_TOKEN_URL,
    }
    flow = Flow.from_client_config({"web": config}, SCOPES, redirect_uri=redirect_uri, **kwargs)
    consent_http.prepare(flow.oauth2session)
    return flow


def authorization_request(redirect_uri: str) -> Request:
    """Where to send the user. `prompt=consent`: else Google gives no refresh token the second time."""
    flow = _flow(redirect_uri, autogenerate_code_verifier=True)
    url, state = flow.authorization_url(access_type="offline", prompt="consent")
    return Request(url, state, flow.code_verifier)


def exchange(code: str, code_verifier: str, redirect_uri: str) -> Grant:
    """Redeem the code and prove that the grant is whole. Raises ConsentFailed; nothing is stored here."""
    flow = _flow(redirect_uri, code_verifier=code_verifier, autogenerate_code_verifier=False)
    try:
        token = flow.fetch_token(code=code)
        _judge(token)
        sub = _subject(flow.credentials.token)
    except OAuth2Error as error:
        raise ConsentFailed(f"Google did not accept the consent ({error.error}); please connect again.") from error
    except (requests.RequestException, GmailError, *NO_ANSWER) as error:
        raise ConsentFailed("Google could not be reached to finish the consent; please connect again.") from error
    expiry = flow.credentials.expiry
    credentials = {
        "token": flow.credentials.token,
        "refresh_token": flow.credentials.refresh_token,
        "expiry": expiry.isoformat() if expiry else None,
    }
    try:
        email, history_id = Gmail(credentials).profile()
    except (GmailError, KeyError, ValueError) as error:
        raise ConsentFailed("The consent was given, but the mailbox cannot be read; nothing was connected.") from error
    return Grant(sub, email, credentials, history_id)


def _judge(token: dict[str, Any]) -> None:
    scopes = token.get("scope") or SCOPES  # RFC 6749, 5.1: left out if it is what was asked for
    if not SUFFICIENT & set(scopes if isinstance(scopes, list) else str(scopes).split()):
        raise ConsentFailed("Reading your mail was not allowed; connect again and leave its box ticked.")
    if not token.get("refresh_token"):
        raise ConsentFailed(
            "Google gave no lasting access (no refresh token); remove Finito from your Google account's "
            "connected apps and connect again."
        )


def _subject(access_token: str) -> str:
    """Google's id of the account: it is the mailbox's identity, and nothing may stand in for it."""
    headers = {"authorization": f"Bearer {access_token}"}
    answer = Answer.of(*Http().request(settings.GOOGLE_USERINFO_URL, headers=headers))
    sub = answer.document().get("sub")
    if answer.status != 200 or not isinstance(sub, str) or not sub:
        raise ValueError("no sub")
    return sub


def revoke(credentials: dict[str, Any]) -> None:
    """Give the grant back, for good and for the whole project. A failure is Google's to clean up."""
    token = credentials.get("refresh_token") or credentials.get("token")
    try:
        Http().request(settings.GOOGLE_REVOKE_URL, "POST", urlencode({"token": token}), dict(FORM))
    except NO_ANSWER:
        return
