"""The addresses that a mail goes to. Not by email.utils: releases of Python differ, and a strict one finds nobody."""

import re
from collections.abc import Iterable

_ATOM = r'[^\s<>(),:;"@]++'
# No addresses come first: quoted names and comments, which may hold one.
_TOKEN = re.compile(rf'"(?:[^"\\]|\\.)*"?|\([^()]*\)?|({_ATOM}@{_ATOM})|{_ATOM}|.', re.DOTALL)


def addresses(headers: Iterable[str]) -> list[str]:
    """Return the addresses of the headers, in lower case, each once."""
    found = (match[1] for header in headers for match in _TOKEN.finditer(header))
    return list(dict.fromkeys(address.lower() for address in found if address))
