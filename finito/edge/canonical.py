"""One spelling of the Cookie field, the host and a page's origin, which browsers and proxies spell in several ways.

Django joins repeated fields by commas, and compares Origin with the scheme and Host letter by letter.
"""

import re

from finito.edge.asgi_types import Application, Receive, Scope, Send

DEFAULT_PORTS = {"http": "80", "https": "443"}
_ORIGIN = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)

Header = tuple[bytes, bytes]


class Canonical:
    """Rewrite the headers for the application behind it. Needs the client's own scheme in the scope."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application({**scope, "headers": canonical_headers(scope)}, receive, send)


def canonical_headers(scope: Scope) -> list[Header]:
    """Return the headers with one Cookie field (RFC 9113, 8.2.3), and the shortest Host, Origin and Referer."""
    headers: list[Header] = []
    cookies: list[bytes] = []
    for name, value in scope["headers"]:
        field = name.lower()
        if field == b"cookie":
            cookies.append(value.strip(b"; \t"))
        elif field == b"host":
            headers.append(
                (field, canonical_host(value.decode("latin-1"), scope.get("scheme", "http")).encode("latin-1"))
            )
        elif field in (b"origin", b"referer"):
            headers.append((field, canonical_origin(value.decode("latin-1")).encode("latin-1")))
        else:
            headers.append((name, value))
    if cookies:
        headers.append((b"cookie", b"; ".join(filter(None, cookies))))
    return headers


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
