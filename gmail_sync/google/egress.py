"""The way out to https through a proxy, where a network has no other: HTTPS_PROXY and NO_PROXY, as other programs read
them. httplib2 would need another library for it, ignores the proxy without, and fails on plain http.
"""

import os
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

DEFAULT_PORT = 80


class Proxy(NamedTuple):
    """A proxy that opens tunnels (CONNECT), and the headers that it wants."""

    host: str
    port: int
    headers: dict[str, str]


def proxy_for(host: str) -> Proxy | None:
    """Return the proxy by which the host is reached; None if there is none.

    Raises OSError for a proxy of another kind, and for what is none. Its text quotes nothing: that may be a password.
    """
    named = "" if proxy_bypass(host) else getproxies().get("https", "")
    if not named:
        return None
    try:
        proxy = urlsplit(named if "://" in named else f"http://{named}")
        found = Proxy(proxy.hostname or "", proxy.port or DEFAULT_PORT, _login(proxy))
    except ValueError:
        found = Proxy("", 0, {})
    if not found.host or proxy.scheme != "http":
        raise OSError("HTTPS_PROXY must look like http://HOST:PORT")
    return found


def authorities() -> str | None:
    """Return the file of certificates that OpenSSL takes too: a proxy that reads along signs with one of its own."""
    return os.environ.get("SSL_CERT_FILE") or None


def _login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(login.encode()).decode()}"}
