"""uvicorn's reading of X-Forwarded-For and -Proto, for a chain of proxies too.

Each proxy may add the scheme by which it was reached: `https, http`. uvicorn ignores what is not one word, and Django
would then send every page to https for ever. Both Django and Rack take the first one, the browser's.
"""

from collections.abc import Coroutine
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

FORWARDED_PROTO = b"x-forwarded-proto"


class ProxyHeaders(ProxyHeadersMiddleware):
    """Believe the headers of TRUSTED_PROXIES."""

    def __call__(self, scope: Any, receive: Any, send: Any) -> Coroutine[Any, Any, None]:
        """Hand on; a stream keeps no coroutine of this class."""
        scope["headers"] = one_scheme(scope["headers"])
        answering: Coroutine[Any, Any, None] = super().__call__(scope, receive, send)
        return answering


def one_scheme(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with the first scheme alone, in lower case."""
    schemes = [value for name, value in headers if name == FORWARDED_PROTO]
    if not schemes:
        return headers
    first = schemes[0].partition(b",")[0].strip().lower()
    return [*(header for header in headers if header[0] != FORWARDED_PROTO), (FORWARDED_PROTO, first)]
