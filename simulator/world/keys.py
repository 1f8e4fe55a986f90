"""The keys that sign ID tokens and push tokens, and the JWKS that verifies them.

Tokens carry the machine's time, not the simulated one: those who verify them know no other.
"""

import json
import time
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.state import Document, State

ISSUER = "https://accounts.google.com"
TOKEN_SECONDS = 3600
REUSED_SECONDS = 1800  # Google signs one push token for many messages
KEPT_KEYS = 2  # the JWKS lists the last key next to the present one


class Keys:
    """RSA keys, the newest signs."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self._push_tokens: dict[tuple[str, str, str], tuple[float, str]] = {}
        for _, document in state.load("key"):
            key = serialization.load_pem_private_key(document["pem"].encode(), None)
            if isinstance(key, rsa.RSAPrivateKey):
                self._keys.append((document["kid"], key))
        del self._keys[:-KEPT_KEYS]
        if not self._keys:
            self.rotate()

    def rotate(self) -> str:
        """Sign with a new key from now on; returns its kid."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        kid = sha256(pem.encode()).hexdigest()[:40]
        self._keys = [*self._keys, (kid, key)][-KEPT_KEYS:]
        self._state.put("key", f"{time.time_ns():020d}", {"kid": kid, "pem": pem})
        return kid

    def jwks(self) -> Document:
        """Return the public keys, as https://www.googleapis.com/oauth2/v3/certs answers them."""
        return {"keys": [_public(kid, key) for kid, key in reversed(self._keys)]}

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a signed JWT of Google's with iss, iat and exp added."""
        kid, key = self._keys[-1]
        now = int(time.time())
        full = {"iss": ISSUER, "iat": now, "exp": now + TOKEN_SECONDS, **claims}
        return jwt.encode(full, key, algorithm="RS256", headers={"kid": kid})

    def push_token(self, service_account: str, audience: str) -> str:
        """Return the OIDC token of a push, reused for half an hour."""
        slot = (self._keys[-1][0], service_account, audience)
        signed_at, token = self._push_tokens.get(slot, (0.0, ""))
        if time.time() - signed_at > REUSED_SECONDS:
            claims = {
                "aud": audience,
                "azp": service_account,
                "email": service_account,
                "email_verified": True,
            }
            sub = str(int(sha256(service_account.encode()).hexdigest(), 16))[:21]
            token = self.sign({**claims, "sub": sub})
            self._push_tokens[slot] = (time.time(), token)
        return token


def _public(kid: str, key: rsa.RSAPrivateKey) -> Document:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": public["n"], "e": public["e"]}
