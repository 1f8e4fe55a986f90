"""One spelling of the Cookie field, the host, a page's origin and a body's type, which are spelt in several ways.

Django joins repeated fields by commas, and compares Origin with the scheme and Host letter by letter. It takes a NUL
from a quoted cookie, which no database looks for, and decodes a form by whatever codec of Python's its charset names.
"""

import re
from collections.abc import Awaitable

from finito.edge.asgi_types import Application, Receive, Scope, Send

DEFAULT_PORTS = {"http": "80", "https": "443"}
_ORIGIN = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)
_BOUNDARY = re.compile(rb';\s*boundary=("[^"]{1,200}"|[^\s;"]{1,200})', re.IGNORECASE)
_NUL = rb"\000"  # as a quoted cookie holds it (http.cookies)

Header = tuple[bytes, bytes]


class Canonical:
    """Rewrite the headers for the application behind it. Needs the client's own scheme in the scope."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        scope["headers"] = canonical_headers(scope)
        return self.application(scope, receive, send)


def canonical_headers(scope: Scope) -> list[Header]:
    """Return the headers with one Cookie field (RFC 9113, 8.2.3), and the shortest Host, Origin and Referer."""
    headers: list[Header] = []
    cookies: list[bytes] = []
    for name, value in scope["headers"]:
        field = name.lower()
        if field == b"cookie":
            cookies.append(value.strip(b"; \t").replace(_NUL, b"?"))
        elif field == b"host":
            headers.append(
                (field, canonical_host(value.decode("latin-1"), scope.get("scheme", "http")).encode("latin-1"))
            )
        elif field in (b"origin", b"referer"):
            headers.append((field, canonical_origin(value.decode("latin-1")).encode("latin-1")))
        elif field == b"content-type":
            headers.append((field, canonical_type(value)))
        else:
            headers.append((name, value))
    if cookies:
        headers.append((b"cookie", b"; ".join(filter(None, cookies))))
    return headers


def canonical_type(value: bytes) -> bytes:
    """Return the media type with its boundary alone: all that is sent to us is UTF-8."""
    kind, _, rest = value.partition(b";")
    boundary = _BOUNDARY.search(b";" + rest)
    return kind.strip() + (b"; boundary=" + boundary[1] if boundary else b"")


def canonical_host(host: str, scheme: str) -> str:
    """Return the host in lower case, without its scheme's default port (RFC 3986, 6.2.3)."""
    return host.strip().lower().removesuffix(f":{DEFAULT_PORTS.get(scheme)}").removesuffix(":")


def canonical_origin(address: str) -> str:
    """Return an http address with scheme and host as browsers send them in Origin; any other text unchanged."""
    match = _ORIGIN.match(address)
    if match is None:
        return address
    scheme = match[1].lower()
    return f"{scheme}://{canonical_host(match[2], scheme)}{address[match.end() :]}"
