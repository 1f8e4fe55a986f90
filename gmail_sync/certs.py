"""Google's public keys for push tokens (a JWKS document), fetched rarely however many junk tokens come."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import jwt
import structlog
from django.conf import settings

from gmail_sync.exceptions import CertsUnavailable, PushRefused

logger = structlog.get_logger(__name__)

FRESH_SECONDS = 3_600
UNKNOWN_KEY_SECONDS = 30  # an unknown key id may cause one fetch in this time
NO_KEYS_SECONDS = 2  # without any key, this is how often it is tried
TIMEOUT_SECONDS = 3


class Certs:
    """One cache per process. Keys that were fetched once are kept while Google cannot be reached."""

    def __init__(self) -> None:
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._url = ""
        self._lock = asyncio.Lock()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="certs")

    async def key(self, kid: str) -> jwt.PyJWK:
        """The key of that id. Raises PushRefused if there is none, CertsUnavailable if that cannot be known."""
        async with self._lock:
            if self._url != settings.PUBSUB_CERTS_URL:
                self._url, self._keys, self._tried_at = settings.PUBSUB_CERTS_URL, {}, float("-inf")
            now = time.monotonic()
            wanted = kid not in self._keys or now - self._fetched_at > FRESH_SECONDS
            if wanted and now - self._tried_at > (UNKNOWN_KEY_SECONDS if self._keys else NO_KEYS_SECONDS):
                await self._fetch()
        if not self._keys:
            raise CertsUnavailable("no certificates")
        if kid not in self._keys:
            raise PushRefused("unknown key id")
        return self._keys[kid]

    async def _fetch(self) -> None:
        self._tried_at = time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            self._keys = await loop.run_in_executor(self._executor, download, self._url)
            self._fetched_at = self._tried_at
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            logger.warning("push.certs_fetch_failed", error=type(error).__name__)


def download(url: str) -> dict[str, jwt.PyJWK]:
    """The keys by id. Raises httpx.HTTPError, ValueError or jwt.PyJWTError."""
    answer = httpx.get(url, timeout=TIMEOUT_SECONDS).raise_for_status()
    keys = jwt.PyJWKSet.from_dict(answer.json()).keys
    return {key.key_id: key for key in keys if key.key_id}


certs = Certs()
