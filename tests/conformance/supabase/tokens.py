"""Tokens as the project must take or refuse them, signed by its imported key or by its legacy secret."""

import json
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


def mint(key: str, seconds: int = 300, **claims: Any) -> str:
    """Return a token; a claim that is None is left out. The key is a private JWK or a shared secret."""
    now = int(time.time())
    usual = {"role": "authenticated", "aud": "authenticated", "sub": str(uuid.UUID(int=1)), "iat": now}
    full = {name: value for name, value in {**usual, "exp": now + seconds, **claims}.items() if value is not None}
    if not key.startswith("{"):
        return jwt.encode(full, key, "HS256")
    document = json.loads(key)
    return jwt.encode(full, jwt.PyJWK(document, "ES256").key, "ES256", {"kid": document["kid"]})


def private_jwk(kid: str, secret: int | None = None) -> str:
    """Return a private ES256 key: a new one, or the one that belongs to a number."""
    curve = ec.SECP256R1()
    key = ec.derive_private_key(secret, curve) if secret else ec.generate_private_key(curve)
    return json.dumps({**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key)), "kid": kid, "alg": "ES256"})
