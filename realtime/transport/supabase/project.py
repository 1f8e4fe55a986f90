"""Reads SUPABASE_*: how to reach the project and what signs our tokens, or one sentence on a fault.

Pure but for configured(). No sentence, hint or repr holds a value that is or may be a secret.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

PAYLOADS = ("sealed", "plain", "notice")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FORM = "Copy the Project URL: https://REF.supabase.co"
MAKE_KEY = (
    "Make one with `npx supabase gen signing-key --algorithm ES256`, set all of its JSON here, and import it in the "
    "project as a signing key."
)
SHORTEST_SECRET = 32


class ProjectUnusable(ValueError):
    """SUPABASE_* cannot be used; `said` is a sentence for an operator, `hint` what mends it."""

    def __init__(self, said: str, hint: str) -> None:
        super().__init__(said)
        self.said, self.hint = said, hint


@dataclass(frozen=True)
class SigningKey:
    """Signs our tokens; the project finds its public part by `kid`."""

    key: Any = field(repr=False)
    algorithm: str
    kid: str


@dataclass(frozen=True)
class Project:
    """A Supabase project that carries our messages."""

    url: str
    publishable_key: str = field(repr=False)
    signing_key: SigningKey
    payload: str

    @property
    def websocket(self) -> str:
        """Return where pages listen."""
        return f"ws{self.url.removeprefix('http')}/realtime/v1/websocket"

    def broadcast(self, topic: str) -> str:
        """Return where one message to a private topic is posted."""
        return f"{self.url}/realtime/v1/api/broadcast/{topic}/events/frames?private=true"


def configured() -> Project | None:
    """Return the settings' project; None without one, and while a system check refuses it."""
    if not settings.SUPABASE_URL:
        return None
    try:
        return from_settings()
    except ProjectUnusable:
        return None


def from_settings() -> Project:
    """Read the settings. Raises ProjectUnusable."""
    return read(
        settings.SUPABASE_URL,
        settings.SUPABASE_PUBLISHABLE_KEY,
        settings.SUPABASE_SIGNING_KEY,
        settings.SUPABASE_PAYLOAD,
    )


@cache
def read(url: str, publishable_key: str, signing_key: str, payload: str) -> Project:
    """Read the four values. Raises ProjectUnusable."""
    if payload not in PAYLOADS:
        raise ProjectUnusable("SUPABASE_PAYLOAD is none of sealed, plain and notice.", "Remove it: sealed is best.")
    return Project(_url(url), _publishable(publishable_key.strip()), _signing(signing_key.strip()), payload)


def _url(text: str) -> str:
    try:
        url = urlsplit(text.strip())
        host, _ = url.hostname or "", url.port
    except ValueError:
        raise ProjectUnusable("SUPABASE_URL is no address.", FORM) from None
    if url.scheme not in ("http", "https") or not host or url.username or url.password or url.query or url.fragment:
        raise ProjectUnusable("SUPABASE_URL is not the address of a project.", FORM)
    if url.path.strip("/"):
        raise ProjectUnusable("SUPABASE_URL goes on after its host.", FORM)
    if url.scheme == "http" and host not in LOOPBACK:
        raise ProjectUnusable("SUPABASE_URL must begin with https://, or with http:// and a loopback address.", FORM)
    return f"{url.scheme}://{url.netloc}"


def _publishable(key: str) -> str:
    """Refuse what must never reach a page: every key of the project but the publishable one."""
    hint = "Copy the publishable key (sb_publishable_..., or the legacy anon key) from the project's API keys."
    if not key:
        raise ProjectUnusable("SUPABASE_URL is set, and SUPABASE_PUBLISHABLE_KEY is not.", hint)
    if key.startswith("sb_secret_") or _role(key) not in ("", "anon"):
        raise ProjectUnusable("SUPABASE_PUBLISHABLE_KEY is a secret key, and pages would show it.", hint)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ProjectUnusable("SUPABASE_PUBLISHABLE_KEY is not a key.", hint)
    return key


def _role(key: str) -> str:
    """Return the role of a legacy key, which is a JWT; empty for others."""
    try:
        return str(jwt.decode(key, options={"verify_signature": False}).get("role", "none"))
    except jwt.InvalidTokenError:
        return ""


def _signing(text: str) -> SigningKey:
    if not text:
        raise ProjectUnusable("SUPABASE_URL is set, and SUPABASE_SIGNING_KEY is not.", MAKE_KEY)
    if text.startswith("{"):
        return _of_jwk(text)
    if text.startswith("-----BEGIN"):
        return _of_pem(text)
    if len(text) < SHORTEST_SECRET:
        raise ProjectUnusable("SUPABASE_SIGNING_KEY is too short for a key.", MAKE_KEY)
    return SigningKey(text, "HS256", "")  # the legacy shared secret


def _of_jwk(text: str) -> SigningKey:
    try:
        jwk = json.loads(text)
        known = jwt.PyJWK(jwk)
    except (ValueError, TypeError, jwt.PyJWTError):
        raise ProjectUnusable("SUPABASE_SIGNING_KEY cannot be read as a JSON web key.", MAKE_KEY) from None
    if not {"d", "k"} & jwk.keys():
        raise ProjectUnusable("SUPABASE_SIGNING_KEY is a public key, which signs nothing.", MAKE_KEY)
    return SigningKey(known.key, known.algorithm_name, str(jwk.get("kid", "")))


def _of_pem(text: str) -> SigningKey:
    """Read a private key in PEM, of which a line of `.env` may hold the line breaks as backslash and n."""
    try:
        key = load_pem_private_key(text.replace(r"\n", "\n").encode(), None)
    except (ValueError, TypeError):
        raise ProjectUnusable("SUPABASE_SIGNING_KEY cannot be read as a private key in PEM.", MAKE_KEY) from None
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return SigningKey(key, "ES256", "")
    if isinstance(key, RSAPrivateKey):
        return SigningKey(key, "RS256", "")
    raise ProjectUnusable("SUPABASE_SIGNING_KEY is a key of a kind that Supabase does not take.", MAKE_KEY)
