"""HTTP calls to Google: on kept connections, without redirects, bounded in time.

Specification: https://httplib2.readthedocs.io/en/latest/libhttplib2.html
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httplib2
from httplib2.decode import DecodeLimitError, DecodeRatioError

from gmail_sync.google import egress
from gmail_sync.google.connections import LARGEST_BYTES, SILENCE_SECONDS, Plain, Tls

# A claim lives 20 s and is renewed once it is 5 s old, so that a call under it ends before the claim.
CALL_SECONDS = 15.0

_local = threading.local()


class Http(httplib2.Http):
    """One thread's connections to one or more hosts. It follows no redirect, since requests carry secrets.

    Every call ends within `total` seconds, `silence` without a byte and `largest` bytes, or raises OSError,
    HTTPException or HttpLib2Error.
    """

    total = CALL_SECONDS

    def __init__(
        self,
        silence: float = SILENCE_SECONDS,
        total: float | None = None,
        largest: int = LARGEST_BYTES,
        ca_certs: str | None = None,
    ) -> None:
        ca_certs = ca_certs or egress.authorities()
        super().__init__(timeout=silence, ca_certs=ca_certs, decode_limit_hard=largest, proxy_info=None)  # egress.py
        self.follow_redirects = False
        self.total = total or self.total
        self._largest, self._until = largest, float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End every call of this block within that time."""
        before, self._until = self._until, min(self._until, time.monotonic() + seconds)
        try:
            yield
        finally:
            self._until = before

    def request(  # type: ignore[override]
        self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **more: Any
    ) -> Any:
        """Return the answer, whatever its status, and its body."""
        more["connection_type"] = Tls if urlsplit(uri).scheme == "https" else Plain
        return super().request(uri, method, body, headers, **more)

    def _conn_request(self, conn: Any, *what: Any) -> Any:
        conn.until = min(self._until, time.monotonic() + self.total)
        conn.silence, conn.largest = self.timeout, self._largest
        try:
            answer = super()._conn_request(conn, *what)  # type: ignore[misc]
        except (DecodeLimitError, DecodeRatioError) as error:
            conn.close()
            raise httplib2.HttpLib2Error(str(error)) from error
        except BaseException:
            conn.close()  # half an answer must not be the next one's beginning
            raise
        conn.served, conn.idle_since = True, time.monotonic()
        return answer

    def _auth_from_challenge(self, *_: Any) -> tuple[()]:
        """Ignore WWW-Authenticate: a malformed one must not hide the answer."""
        return ()


def thread_http() -> Http:
    """Return this thread's connections: httplib2 is not safe to share."""
    if not hasattr(_local, "http"):
        _local.http = Http()
    http: Http = _local.http
    return http
