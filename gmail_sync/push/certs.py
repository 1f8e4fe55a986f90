"""Google's public keys for push tokens (a JWKS document), fetched rarely however many junk tokens come."""

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from gmail_sync.exceptions import CertsUnavailable, PushRefused
from gmail_sync.gmail.refusals import NO_ANSWER
from gmail_sync.google.answers import Answer
from gmail_sync.google.http import Http

logger = structlog.get_logger(__name__)

FRESH_SECONDS = 3_600
UNKNOWN_KEY_SECONDS = 30  # an unknown key id may cause one fetch in this time
NO_KEYS_SECONDS = 2  # the pause between fetches while there is no key
SILENCE_SECONDS = 3
FETCH_SECONDS = 5  # in all; Pub/Sub gives a push 10 s
LARGEST_BYTES = 1 << 20  # Google's has 2 kB
KEY_BITS = range(2_048, 8_193)  # larger ones take long to verify with


class Certs:
    """One cache per process. Keys that were fetched once are kept while Google cannot be reached.

    A push whose key is known waits for no fetch; all the others wait for the same one.
    """

    def __init__(self) -> None:
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._url = ""
        self._fetching: Future[None] | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="certs")

    async def key(self, kid: str) -> jwt.PyJWK:
        """Return the key of that id. Raises PushRefused if there is none, CertsUnavailable without any keys."""
        if self._url != settings.PUBSUB_CERTS_URL:
            self._url, self._keys, self._tried_at, self._fetching = settings.PUBSUB_CERTS_URL, {}, float("-inf"), None
        fetching = self._fetch_if_due(known=kid in self._keys)
        if kid not in self._keys and fetching is not None:
            with suppress(TimeoutError):  # a resolver that hangs is in no bound of a connection
                async with asyncio.timeout(FETCH_SECONDS):
                    await asyncio.shield(asyncio.wrap_future(fetching))  # the others wait for it, too
        if not self._keys:
            raise CertsUnavailable("no certificates")
        if kid not in self._keys:
            raise PushRefused("unknown key id")
        return self._keys[kid]

    def _fetch_if_due(self, *, known: bool) -> "Future[None] | None":
        """Return the fetch under way, which may just have begun; None if there is none."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        now = time.monotonic()
        pause = UNKNOWN_KEY_SECONDS if self._keys else NO_KEYS_SECONDS
        if (known and now - self._fetched_at <= FRESH_SECONDS) or now - self._tried_at <= pause:
            return None
        self._tried_at = now
        self._fetching = self._executor.submit(self._fetch, self._url)
        return self._fetching

    def _fetch(self, url: str) -> None:
        try:
            keys = download(url)
        except CertsUnavailable as error:
            logger.warning("push.certs_fetch_failed", reason=str(error))
            return
        if url == self._url:
            self._keys, self._fetched_at = keys, time.monotonic()


def download(url: str) -> dict[str, jwt.PyJWK]:
    """Return the keys for RS256 by id; at least one. Raises CertsUnavailable, whose text completes "URL ...".

    Keys of other kinds are left out.
    """
    try:
        answer = Answer.of(*Http(SILENCE_SECONDS, FETCH_SECONDS, LARGEST_BYTES).request(url))
    except NO_ANSWER as error:
        raise CertsUnavailable(f"cannot be reached ({type(error).__name__})") from error
    if answer.status != 200:
        raise CertsUnavailable(f"answers {answer.status}")
    listed = answer.document().get("keys")
    if not isinstance(listed, list):
        raise CertsUnavailable("is not a JWKS document")
    found = (_key(each) for each in listed)
    keys = {key.key_id: key for key in found if key is not None and key.key_id}
    if not keys:
        raise CertsUnavailable("has no key for RS256 with an id")
    return keys


def _key(listed: object) -> jwt.PyJWK | None:
    """Return the public key; None if it is of another kind, or malformed."""
    if not (isinstance(listed, dict) and listed.get("kty") == "RSA" and listed.get("alg", "RS256") == "RS256"):
        return None
    if listed.get("use", "sig") != "sig" or not isinstance(listed.get("kid"), str):
        return None
    try:
        key = jwt.PyJWK.from_dict(listed, "RS256")
    except (jwt.PyJWTError, *NO_ANSWER):
        return None
    return key if isinstance(key.key, RSAPublicKey) and key.key.key_size in KEY_BITS else None


certs = Certs()
