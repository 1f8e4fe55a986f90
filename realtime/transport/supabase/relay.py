"""From a user's secret to what goes over the wire: topic, seal, tokens and bodies. Pure.

One random secret a user gives both the topic and the key that seals what is said there, so that a new secret abandons
both. Tokens: https://supabase.com/docs/guides/realtime/authorization
"""

import json
import secrets
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2s
from typing import Any, NamedTuple, Self

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from realtime.stream import sse
from realtime.transport.supabase.project import SigningKey

TOKEN_SECONDS = 300  # the most after which Supabase's look at a token falls on its end
NONCE_BYTES = 12
LATEST = 2.0**40  # seconds since 1970, far beyond any clock
NAMESPACE = uuid.UUID("6d0a5f0e-1f0b-5d0c-9c1e-66696e69746f")


class Broadcast(NamedTuple):
    """Says to a user's topic that their log has grown by `first`..`last`; `frames` are the stream's bytes, or empty.

    With `bye` it says no more than why the topic is over. `presence` is the JSON of a control event of that name, which
    may be all that is said: then `last` is 0.
    """

    user_id: int
    secret: str
    epoch: str = ""
    first: int = 0
    last: int = 0
    frames: bytes = b""
    committed_at: float = 0.0  # seconds since 1970
    bye: str = ""
    presence: bytes = b""

    @classmethod
    def farewell(cls, user_id: int, secret: str, why: str) -> Self:
        """Say that the topic is over; `why` is auth or transport."""
        return cls(user_id, secret, bye=why, committed_at=time.time())


class Noticed(NamedTuple):
    """What a listener learns from a message about the log; `at` is the commit's time, in seconds since 1970."""

    epoch: str
    first: int
    last: int
    at: float


def new_secret() -> str:
    """Make a secret: 32 characters, which is what BLAKE2s takes."""
    return secrets.token_urlsafe(24)


def topic(secret: str) -> str:
    """Return the topic's name, from which the secret does not follow."""
    return f"finito:{_base64(_derived(secret, b'topic', 16))}"


def seal_key(secret: str) -> bytes:
    """Return the key of AES-256-GCM."""
    return _derived(secret, b"seal", 32)


def body(said: Broadcast, payload: str) -> bytes:
    """Write the message; `payload` is sealed, plain or notice."""
    if said.bye:
        return b'{"v":1,"bye":"%s"}' % said.bye.encode()
    plain = b'{"v":1'
    if said.last:
        numbers = said.epoch.encode(), said.first, said.last, said.committed_at
        plain += b',"epoch":"%s","first":%d,"last":%d,"at":%.3f' % numbers
    if said.frames and payload != "notice":
        plain += b',"frames":[%s]' % b",".join(map(_frame, said.frames.split(b"\n\n")[:-1]))
    if said.presence and payload != "notice":
        plain += b',"presence":%s' % said.presence
    plain += b"}"
    return b'{"v":1,"sealed":"%s"}' % _sealed(plain, said.secret) if payload == "sealed" else plain


def noticed(message: Any, secret: str, payload: str) -> Noticed | None:
    """Read a message as a page does; None for a control message, and for one that is not ours."""
    try:
        plain = json.loads(_opened(message["sealed"], secret)) if payload == "sealed" else message
        said = Noticed(str(plain["epoch"]), int(plain["first"]), int(plain["last"]), float(plain["at"]))
    except (ValueError, TypeError, KeyError, InvalidTag, OverflowError, RecursionError):
        return None
    return said if 0 <= said.at < LATEST else None


def listener_token(key: SigningKey, topic: str, subject: str) -> str:
    """Mint what lets a page hear that one topic for TOKEN_SECONDS."""
    return _token(key, {"sub": _subject(subject), "finito_topic": topic})


def publisher_token(key: SigningKey) -> str:
    """Mint what lets us post to our topics, and do nothing else, for TOKEN_SECONDS."""
    return _token(key, {"sub": _subject("publisher"), "finito_publisher": True})


def _token(key: SigningKey, claims: dict[str, Any]) -> str:
    now = int(time.time())
    usual = {"role": "authenticated", "aud": "authenticated", "iat": now, "exp": now + TOKEN_SECONDS}
    return jwt.encode({**usual, **claims}, key.key, key.algorithm, {"kid": key.kid} if key.kid else None)


def _subject(name: str) -> str:
    """Policies of others may cast it to a uuid, and a user's number is nobody's business."""
    return str(uuid.uuid5(NAMESPACE, name))


def _frame(frame: bytes) -> bytes:
    return b'{"id":"%s","type":"%s","data":%s}' % sse.parts(frame)


def _sealed(plain: bytes, secret: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _base64(nonce + AESGCM(seal_key(secret)).encrypt(nonce, plain, topic(secret).encode())).encode()


def _opened(sealed: str, secret: str) -> bytes:
    """Raises ValueError, TypeError or InvalidTag for what nobody sealed with this secret."""
    content = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    return AESGCM(seal_key(secret)).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], topic(secret).encode())


def _derived(secret: str, purpose: bytes, size: int) -> bytes:
    return blake2s(key=secret.encode(), person=purpose, digest_size=size).digest()


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
