"""Google's consent: from the authorization request to a grant that is proven to reach the mailbox.

Specification: https://developers.google.com/identity/protocols/oauth2/web-server (PKCE: RFC 7636)
"""

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error

from gmail_sync.consent import http as consent_http
from gmail_sync.consent.refusals import NOT_LASTING, UNTICKED, Whose, mailbox_refused, token_refused
from gmail_sync.exceptions import ConsentFailed, GmailError
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.refusals import NO_ANSWER
from gmail_sync.gmail.token_answers import is_token
from gmail_sync.gmail.token_endpoint import FORM
from gmail_sync.google.answers import Answer
from gmail_sync.google.http import Http

SCOPE = "https://www.googleapis.com/auth/gmail.readonly"
SIGN_IN_SCOPES = ["openid", "email"]
SCOPES = [*SIGN_IN_SCOPES, SCOPE]
MODIFY = "https://www.googleapis.com/auth/gmail.modify"  # contains reading
ACT_SCOPES = [*SIGN_IN_SCOPES, MODIFY]
# Google names `email` in full in its answer; the broader Gmail scopes cover ours.
UNUSABLE = (ValueError, KeyError, TypeError, AttributeError)  # an answer that is not what Google promises
ACTING = {MODIFY, "https://mail.google.com/"}
SUFFICIENT = {SCOPE, *ACTING}
_SUB = re.compile(r"[!-~]{1,255}")  # "a case-sensitive ASCII string" of that length (OpenID Connect Core, 2)


@dataclass(frozen=True)
class Request:
    """The address to send the browser to, and the secrets that the callback needs."""

    url: str
    state: str
    code_verifier: str


@dataclass(frozen=True)
class Identity:
    """The user who consented, by Google's userinfo."""

    sub: str
    email: str
    email_verified: bool


@dataclass(frozen=True)
class Redeemed:
    """The tokens for a code, and the scopes that they cover."""

    credentials: dict[str, Any]
    scopes: list[str]


@dataclass(frozen=True)
class Grant:
    """A consent that works: its mailbox, the credentials to store, and the mailbox's present historyId."""

    sub: str
    email: str
    credentials: dict[str, Any]
    history_id: int
    scopes: str = ""

    @property
    def can_act(self) -> bool:
        """Tell whether it lets us change labels, too."""
        return not ACTING.isdisjoint(self.scopes.split())


def _flow(redirect_uri: str, scopes: list[str], **kwargs: Any) -> Any:
    # The user may untick a scope: we judge the scopes ourselves, oauthlib must not raise for a changed list.
    os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    if urlsplit(settings.GOOGLE_TOKEN_URL).scheme == "http":  # a stand-in on loopback, as a system check makes sure
        os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")
    config = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
        "auth_uri": settings.GOOGLE_AUTH_URL,
        "token_uri": settings.GOOGLE_TOKEN_URL,
    }
    flow = Flow.from_client_config({"web": config}, scopes, redirect_uri=redirect_uri, **kwargs)
    consent_http.prepare(flow.oauth2session)
    return flow


def authorization_request(
    redirect_uri: str,
    *,
    state: str = "",
    code_verifier: str = "",
    mail: bool = True,
    act: bool = False,
    login_hint: str = "",
) -> Request:
    """Return the address to send the user to; generate `state` and `code_verifier` if they are left out. Without `mail`
    it only asks who the user is; with `act` it asks to change labels, which contains reading.

    `prompt=consent`: else Google gives no refresh token the second time. No `include_granted_scopes`: it would bring
    scopes along that other clients of the project were granted.
    """
    known = {"code_verifier": code_verifier} if code_verifier else {"autogenerate_code_verifier": True}
    flow = _flow(redirect_uri, _scopes(mail, act), **known)
    lasting, passing = ("offline", "consent"), ("online", "select_account")
    asked = dict(zip(("access_type", "prompt"), lasting if mail else passing, strict=True))
    if state:
        asked["state"] = state
    if login_hint:
        asked["login_hint"] = login_hint
    url, state = flow.authorization_url(**asked)
    return Request(url, state, flow.code_verifier)


def _scopes(mail: bool, act: bool) -> list[str]:
    return SIGN_IN_SCOPES if not mail else ACT_SCOPES if act else SCOPES


def exchange(code: str, code_verifier: str, redirect_uri: str) -> Grant:
    """Redeem the code and prove that the grant is whole. Raises ConsentFailed; nothing is stored here."""
    return prove(redeem(code, code_verifier, redirect_uri))


def redeem(code: str, code_verifier: str, redirect_uri: str, mail: bool = True, act: bool = False) -> Redeemed:
    """Redeem the code. Raises ConsentFailed."""
    asked = _scopes(mail, act)
    flow = _flow(redirect_uri, asked, code_verifier=code_verifier, autogenerate_code_verifier=False)
    try:
        token = flow.fetch_token(code=code)
        scopes = token.get("scope") or asked  # RFC 6749, 5.1: left out if it is what was asked for
        scopes = scopes if isinstance(scopes, list) else str(scopes).split()
        expiry = flow.credentials.expiry
        credentials = {
            "token": flow.credentials.token,
            "refresh_token": token.get("refresh_token"),
            "expiry": expiry.isoformat() if expiry else None,
        }
        return Redeemed(credentials, list(filter(is_token, scopes)))
    except (OAuth2Error, requests.RequestException, GmailError, *NO_ANSWER, *UNUSABLE) as error:
        raise token_refused(error) from error


def identify(redeemed: Redeemed) -> Identity:
    """Ask Google who consented, over TLS and with the token that it just gave. Raises ConsentFailed."""
    bearer = {"authorization": f"Bearer {redeemed.credentials['token']}"}
    try:
        answer = Answer.of(*Http().request(settings.GOOGLE_USERINFO_URL, headers=bearer))
        values = answer.document() if answer.status == 200 else {}
        sub = values["sub"]
        if not (isinstance(sub, str) and _SUB.fullmatch(sub)):
            raise ValueError("no sub")  # it is the mailbox's identity: nothing may stand in for it
        return Identity(sub, str(values.get("email", "")), values.get("email_verified") is True)
    except (*NO_ANSWER, *UNUSABLE) as error:
        raise token_refused(error) from error


def prove(redeemed: Redeemed) -> Grant:
    """Return the grant if it reaches the mailbox for good. Raises ConsentFailed."""
    if not SUFFICIENT & set(redeemed.scopes):
        raise ConsentFailed(UNTICKED, Whose.USER)
    if not redeemed.credentials["refresh_token"]:
        raise ConsentFailed(NOT_LASTING, Whose.SETUP)
    identity = identify(redeemed)
    try:
        email, history_id = Gmail(redeemed.credentials).profile()
    except (GmailError, *UNUSABLE) as error:
        raise mailbox_refused(error) from error
    return Grant(identity.sub, email, redeemed.credentials, history_id, " ".join(redeemed.scopes))


def revoke(credentials: dict[str, Any]) -> None:
    """Revoke the grant, for good and for the whole project. Ignore failures: nobody holds the token any more."""
    token = credentials.get("refresh_token") or credentials.get("token")
    try:
        Http().request(settings.GOOGLE_REVOKE_URL, "POST", urlencode({"token": token}), dict(FORM))
    except NO_ANSWER:
        return
