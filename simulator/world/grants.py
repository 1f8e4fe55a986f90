"""Grants: authorization codes, access tokens and refresh tokens, and how they die."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256

from simulator.clock import Clock
from simulator.state import State

CODE_SECONDS = 600
LIVE_REFRESH_TOKENS = 100  # per account and client; beyond it the oldest goes


class InvalidGrant(Exception):
    """The code or the refresh token is unknown, used, expired or revoked: only a new consent mends it."""


@dataclass(frozen=True)
class Code:
    """A consent, until expires_at (seconds) or until its code is redeemed."""

    email: str
    client_id: str
    redirect_uri: str
    scopes: list[str]
    challenge: str
    offline: bool
    expires_at: float
    nonce: str = ""


@dataclass(frozen=True)
class Token:
    """The grant behind an access token (until expires_at, in seconds) or a refresh token (no end)."""

    email: str
    client_id: str
    scopes: list[str]
    expires_at: float = 0.0


class Grants:
    """All live codes and tokens."""

    def __init__(self, clock: Clock, state: State, access_seconds: int) -> None:
        self.access_seconds = access_seconds
        self._clock = clock
        self._state = state
        self._codes = {key: Code(**document) for key, document in state.load("code")}
        self._access = {key: Token(**document) for key, document in state.load("access_token")}
        self._refresh = {key: Token(**document) for key, document in state.load("refresh_token")}
        for key in [key for key, token in self._access.items() if token.expires_at <= clock.now()]:
            self._drop("access_token", self._access, key)

    def consented(self, email: str, client_id: str) -> bool:
        """Tell whether the account has given this client a grant that lives on."""
        return any(token.email == email and token.client_id == client_id for token in self._refresh.values())

    def issue_code(
        self,
        email: str,
        client_id: str,
        redirect_uri: str,
        scopes: list[str],
        *,
        challenge: str,
        offline: bool,
        nonce: str,
    ) -> str:
        """Issue a code for one use within ten minutes; offline: it is worth a refresh token."""
        expires_at = self._clock.now() + CODE_SECONDS
        code = Code(email, client_id, redirect_uri, scopes, challenge, offline, expires_at, nonce)
        key = f"4/0A{secrets.token_urlsafe(48)}"
        self._codes[key] = code
        self._state.put("code", key, asdict(code))
        return key

    def redeem(self, key: str, client_id: str, redirect_uri: str, verifier: str) -> Code:
        """Return the consent behind the code, which is used up, also by a wrong attempt. Raises InvalidGrant."""
        code = self._codes.pop(key, None)
        self._state.delete("code", key)
        if code is None or code.expires_at <= self._clock.now():
            raise InvalidGrant("Malformed auth code.")
        if code.client_id != client_id or code.redirect_uri != redirect_uri:
            raise InvalidGrant("Bad Request")
        if code.challenge and code.challenge != _challenge(verifier):
            raise InvalidGrant("Invalid code verifier.")
        return code

    def issue_access(self, email: str, client_id: str, scopes: list[str]) -> str:
        """Issue an access token."""
        token = Token(email, client_id, scopes, self._clock.now() + self.access_seconds)
        return self._keep("access_token", self._access, f"ya29.a0{secrets.token_urlsafe(96)}", token)

    def issue_refresh(self, email: str, client_id: str, scopes: list[str]) -> str:
        """Issue a refresh token; the oldest beyond the bound dies."""
        live = [k for k, t in self._refresh.items() if (t.email, t.client_id) == (email, client_id)]
        for key in live[: max(0, len(live) - LIVE_REFRESH_TOKENS + 1)]:
            self._drop("refresh_token", self._refresh, key)
        token = Token(email, client_id, scopes)
        return self._keep("refresh_token", self._refresh, f"1//0{secrets.token_urlsafe(72)}", token)

    def refresh(self, key: str, client_id: str) -> Token:
        """Return the grant behind a refresh token. Raises InvalidGrant."""
        token = self._refresh.get(key)
        if token is None or token.client_id != client_id:
            raise InvalidGrant("Token has been expired or revoked.")
        return token

    def access(self, key: str) -> Token | None:
        """Return the grant behind a live access token, or None."""
        token = self._access.get(key)
        return token if token is not None and token.expires_at > self._clock.now() else None

    def revoke(self, key: str) -> bool:
        """End the whole grant that a token belongs to; False if no such token lives."""
        token = self._access.get(key) or self._refresh.get(key)
        if token is None:
            return False
        self.revoke_account(token.email, token.client_id)
        return True

    def revoke_account(self, email: str, client_id: str = "") -> None:
        """End the account's grant to a client, or to all."""
        for kind, tokens in (("access_token", self._access), ("refresh_token", self._refresh)):
            for key in _belonging(tokens.items(), email, client_id):
                self._drop(kind, tokens, key)

    def rename_account(self, former: str, email: str) -> None:
        """Give each of two addresses what the other one has granted."""
        now = {former: email, email: former}
        for kind, tokens in (("access_token", self._access), ("refresh_token", self._refresh)):
            for key, token in list(tokens.items()):
                if token.email in now:
                    self._keep(kind, tokens, key, replace(token, email=now[token.email]))

    def expire_access(self, email: str) -> None:
        """End the account's access tokens before their time; the refresh tokens live on."""
        for key in _belonging(self._access.items(), email, ""):
            self._drop("access_token", self._access, key)

    def _keep(self, kind: str, tokens: dict[str, Token], key: str, token: Token) -> str:
        tokens[key] = token
        self._state.put(kind, key, asdict(token))
        return key

    def _drop(self, kind: str, tokens: dict[str, Token], key: str) -> None:
        del tokens[key]
        self._state.delete(kind, key)


def _belonging(tokens: Iterable[tuple[str, Token]], email: str, client_id: str) -> list[str]:
    return [key for key, t in tokens if t.email == email and client_id in ("", t.client_id)]


def _challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier: https://www.rfc-editor.org/rfc/rfc7636#section-4.2."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
