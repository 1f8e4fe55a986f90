"""The keys that a project trusts, and what its tokens say (lib/realtime_web/channels/auth/jwt_verification.ex)."""

import json
import time
from typing import Any

import jwt

Claims = dict[str, Any]

_PUBLIC = ("kty", "crv", "x", "y", "kid")
# The server looks at the signature and at `exp`, and at nothing else unless JWT_CLAIM_VALIDATORS says so.
_UNCHECKED = ("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss", "verify_sub", "verify_jti")


class TokenRefused(Exception):
    """The token opens nothing; the code is the server's, the text its sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Keys:
    """One shared secret for HS256, and public keys by their kid for ES256."""

    def __init__(self) -> None:
        self._secret = ""
        self._public: dict[str, jwt.PyJWK] = {}

    def trust(self, text: str) -> None:
        """Import a JWK, of which only the public part is kept, or take the legacy secret. ValueError says why not."""
        if not text.startswith("{"):
            self._secret = text
            return
        document = json.loads(text)
        if not document.get("kid"):
            raise ValueError("the key has no kid")
        public = {name: document[name] for name in _PUBLIC if name in document}
        self._public[document["kid"]] = jwt.PyJWK(public, algorithm="ES256")

    def forget(self) -> None:
        """Trust nobody."""
        self._secret = ""
        self._public.clear()

    def claims_of(self, token: str) -> Claims:
        """Return the claims of a token that is signed by a trusted key, has a role, and has not expired."""
        try:
            header = jwt.get_unverified_header(token)
            claims: Claims = jwt.decode(
                token,
                self._key(header),
                algorithms=[header["alg"]],
                options=dict.fromkeys(_UNCHECKED, False),  # type: ignore[arg-type]
            )
        except jwt.InvalidSignatureError:
            raise TokenRefused("JwtSignatureError", "Failed to validate JWT signature") from None
        except jwt.PyJWTError:
            raise TokenRefused("MalformedJWT", "The token provided is not a valid JWT") from None
        _check(claims)
        return claims

    def _key(self, header: Claims) -> Any:
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm == "ES256" and kid in self._public:
            return self._public[kid].key
        if algorithm == "HS256" and self._secret:
            return self._secret
        named = f' for key ID (kid) "{kid}"' if kid else ""
        text = f"Failed to generate JWT signer{named}, check your JWT secret or JWKS configuration"
        raise TokenRefused("JwtSignerError", text)


def _check(claims: Claims) -> None:
    expires, now = claims.get("exp"), int(time.time())
    if isinstance(expires, int) and expires <= now:
        raise TokenRefused("InvalidJWTToken", f"Token has expired {now - expires} seconds ago")
    if "role" not in claims or "exp" not in claims:
        raise TokenRefused("InvalidJWTToken", "Fields `role` and `exp` are required in JWT")
    if not isinstance(expires, int):
        raise TokenRefused("InvalidJWTToken", "Token expiration time is invalid")
