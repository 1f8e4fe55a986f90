"""The authorization request: what a client asks for, and how it is answered.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self
from urllib.parse import urlencode, urlsplit

from simulator.world.world import World


class RequestRefused(Exception):
    """A request that Google answers with a page of its own, since the redirect cannot be trusted."""


@dataclass(frozen=True)
class AuthorizationRequest:
    """The parameters, as they came; what is missing is empty."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    access_type: str = ""
    prompt: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    login_hint: str = ""
    nonce: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> Self:
        """Take what is known of the parameters."""
        return cls(**{field.name: str(parameters.get(field.name, "")) for field in fields(cls)})

    def check(self, known_client_id: str) -> None:
        """Raise RequestRefused when it makes no sense; any client is known when the argument is empty."""
        if not self.client_id or known_client_id not in ("", self.client_id):
            raise RequestRefused("Error 401: invalid_client. The OAuth client was not found.")
        if urlsplit(self.redirect_uri).scheme not in ("http", "https"):
            raise RequestRefused("Error 400: redirect_uri_mismatch")
        if self.response_type != "code":
            raise RequestRefused("Error 400: unsupported_response_type")
        if not self.scope.split():
            raise RequestRefused("Error 400: invalid_scope. Missing required parameter: scope")
        if self.code_challenge and self.code_challenge_method != "S256":
            raise RequestRefused("Error 400: invalid_request. Only S256 is played.")

    def grant(self, world: World, email: str, scopes: list[str]) -> str:
        """Return the address to go to with a code for the account.

        Offline access is worth a refresh token the first time, and later only with prompt=consent.
        """
        first = not world.grants.consented(email, self.client_id)
        code = world.grants.issue_code(
            email,
            self.client_id,
            self.redirect_uri,
            scopes,
            challenge=self.code_challenge,
            offline=self.access_type == "offline" and (first or "consent" in self.prompt.split()),
            nonce=self.nonce,
        )
        prompt = self.prompt or "none"
        return self._redirect(code=code, scope=" ".join(scopes), authuser="0", prompt=prompt)

    def deny(self) -> str:
        """Return the address to go to without one."""
        return self._redirect(error="access_denied")

    def _redirect(self, **answer: str) -> str:
        if self.state:
            answer = {"state": self.state, **answer}
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode(answer)
