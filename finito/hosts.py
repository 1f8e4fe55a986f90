"""Variables that name hosts, origins and proxies. What nothing could ever match is refused, or written as it matches.

Django and uvicorn keep such an entry and never say why every request is a stranger's.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_network

from finito.edge.canonical import canonical_origin
from finito.environment import REFUSED, names

_HOST = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)  # Django adds no port to it
_ORIGIN = re.compile(r"https?://(\*\.)?([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)


def hosts(name: str) -> list[str]:
    """Return names of our own, without scheme, port and path; none if one is not such a name."""
    found = [host if _HOST.fullmatch(host) else None for host in names(name)]
    return _all(name, found, "must hold names alone, without scheme, port and path: HOST")


def origins(name: str) -> list[str]:
    """Return origins as browsers send them, which end in no slash; none if one is no origin."""
    written = [canonical_origin(origin.rstrip("/")) for origin in names(name)]
    found = [origin if _ORIGIN.fullmatch(origin) else None for origin in written]
    return _all(name, found, "must hold origins, each with its scheme: https://HOST")


def proxies(name: str) -> list[str]:
    """Return addresses and networks of proxies, or `*` alone for all; none if one is neither."""
    asked = names(name)
    return ["*"] if "*" in asked else _all(name, map(_network, asked), "must hold IP addresses or networks, or be *")


def _network(text: str) -> str | None:
    """Return an address as it is, and a network without the bits of a host in it."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return str(network) if "/" in text else text


def _all(name: str, found: Iterable[str | None], refusal: str) -> list[str]:
    entries = list(found)
    if None in entries:
        REFUSED[name] = refusal
        return []
    return [entry for entry in entries if entry is not None]
