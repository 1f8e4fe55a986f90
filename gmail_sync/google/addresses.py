"""A connection to whichever address of a host answers, in one bound for all of them.

A machine may have IPv6 that leads nowhere: what is sent there gets no answer, not even a no. httplib2 waits at each
address for as long as a call may take. Browsers try the other kind of address soon (RFC 8305), and so do we.
"""

import socket
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Any

ATTEMPT_SECONDS = 2.0  # one lost packet is sent again after 1 s
Found = tuple[Any, ...]  # as getaddrinfo() tells it

_answered: dict[str, int] = {}  # by host, the kind of address that answered last


def connected(place: tuple[str, int], seconds: float, source: None = None) -> socket.socket:
    """Return a socket that is connected to the host and port. Raises OSError."""
    host, port = place
    found = _ordered(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM), _answered.get(host))
    until, failure = time.monotonic() + seconds, OSError("the name has no address")
    for position, one in enumerate(found, start=1):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            made = _tried(one, left if position == len(found) else min(left, ATTEMPT_SECONDS))
        except OSError as error:
            failure = error
        else:
            made.settimeout(seconds)
            _answered[host] = made.family
            return made
    raise failure


def _tried(one: Found, seconds: float) -> socket.socket:
    family, kind, protocol, _, address = one
    made = socket.socket(family, kind, protocol)  # a kernel may know no IPv6
    try:
        made.settimeout(seconds)
        made.connect(address)
    except BaseException:
        made.close()
        raise
    return made


def _ordered(found: Sequence[Found], preferred: int | None) -> list[Found]:
    """Return the addresses, each kind in its turn: first the kind that answered last, else the resolver's first."""
    ranks = defaultdict[int, "count[int]"](count)
    first = preferred if preferred is not None else found[0][0]
    ranked = [(next(ranks[one[0]]), one[0] != first, one) for one in found]
    return [one for _, _, one in sorted(ranked, key=lambda rank: rank[:2])]
