"""Google's part in a push: keys that sign its tokens, and the address that serves their public halves."""

import json
import time
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.environment import ENVIRONMENT, PUSH_SERVICE_ACCOUNT
from tests.support.http_server import Handler, HttpServer

AUDIENCE = ENVIRONMENT["PUBSUB_PUSH_AUDIENCE"]


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return a key pair; the same name is the same pair."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(name: str) -> bytes:
    """Return the public half, which everybody knows."""
    return rsa_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a push token; None leaves one out."""
    now = int(time.time())
    said = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "azp": "110000000000000000001",
        "sub": "110000000000000000001",
        "email": PUSH_SERVICE_ACCOUNT,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def token(key: str = "google", header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return a push token, signed by the named key."""
    return jwt.encode(claims(**changes), rsa_key(key), algorithm="RS256", headers={"kid": key, **(header or {})})


def part(value: Any) -> str:
    """Encode one part of a token, by hand."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


class CertsServer(HttpServer):
    """Serves the JWKS of the keys that are named in `kids`, each by its own name; counts how often it was asked."""

    def __init__(self) -> None:
        self.kids = ["google"]
        self.status = 200
        self.fetches = 0
        server = self

        class Certs(Handler):
            def do_GET(self) -> None:
                server.fetches += 1
                body = json.dumps({"keys": [public_jwk(kid) for kid in server.kids]}).encode()
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        super().__init__(Certs)
        self.url = f"http://{self.address}/certs"


def public_jwk(kid: str) -> dict[str, Any]:
    """Return the public half, as Google's certs address serves it."""
    numbers: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(kid).public_key()))
    return {"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": numbers["n"], "e": numbers["e"]}
