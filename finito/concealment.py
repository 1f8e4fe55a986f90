"""The last line of defence: whatever we print, log or show, it holds no value of a secret setting.

Where a text is made, it holds none already; but libraries, and what is not thought of, put values into exceptions.
"""

import html
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TextIO
from urllib.parse import quote, unquote

from finito import environment  # noqa: F401  (it has read `.env`)

CONCEALED = "***"
SHORTEST = 5  # shorter values are no secrets, and concealing them would cut up every word

# Secrets by their names. A URL or a file name is no secret, but see _URL_PASSWORDS.
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIALS|PRIVATE|KEYS?$", re.IGNORECASE)
_ADDRESS_NAME = re.compile(r"_(?:URL|URI|FILE|PATH|DIR)$", re.IGNORECASE)
_USERINFO = re.compile(r"[a-z][a-z0-9+.-]*://[^\s@]*@", re.IGNORECASE)
_URL_PASSWORDS = (re.compile(r"://[^:@]*:([^@]*)@"), re.compile(r"://[^:@]*:(.*)@", re.DOTALL))
_QUERY_PASSWORD = re.compile(r"[?&](?:password|token|secret|key)=([^&#]*)", re.IGNORECASE)


def conceal(text: str) -> str:
    """Return the text without the value of any secret setting."""
    pattern = _pattern()
    return pattern.sub(CONCEALED, text) if pattern else text


@cache
def _pattern() -> re.Pattern[str] | None:
    """Match every secret in every spelling; the longest first, since one may hold another."""
    written = {form for secret in _secrets() for form in _forms(secret) if len(form) >= SHORTEST}
    words = sorted(written, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words))) if words else None


def _secrets() -> Iterator[str]:
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and not _ADDRESS_NAME.search(name):
            yield from _of_value(value)
            if name.endswith("KEYS"):
                yield from re.split(r"[\s,]+", value)
        if "://" in value:
            yield from _of_address(value)


def _of_address(value: str) -> Iterator[str]:
    """Return the URL's password, quoted and unquoted, and the whole URL if it has one."""
    if _USERINFO.match(value.strip()):
        yield value.strip()
    for pattern in (*_URL_PASSWORDS, _QUERY_PASSWORD):
        for password in pattern.findall(value):
            yield from (password, unquote(password))


def _of_value(value: str) -> Iterator[str]:
    if value.lstrip("'\" \t\r\n").startswith("{"):
        yield value
        yield from _of_json(value)
    elif not os.path.exists(value):  # a file's name is no secret
        yield from (value, value.strip())


def _of_json(value: str) -> Iterator[str]:
    """Return the secret of a service account or a JSON web key; where the JSON is broken, each long piece of it."""
    try:
        key: Any = json.loads(value, strict=False)
    except ValueError:
        yield from re.findall(r"[A-Za-z0-9+/=_-]{20,}", value.replace(r"\n", "\n"))
        return
    for name in ("private_key", "private_key_id", "client_secret", "refresh_token", "d", "k"):
        if isinstance(key, dict) and isinstance(found := key.get(name), str):
            yield found
            yield from (line for line in re.split(r"\\n|\s+", found) if len(line) >= 20)


def _forms(secret: str) -> Iterator[str]:
    """Return a secret as it is, and as written in a URL, in JSON, in Python's repr and in HTML."""
    yield from (secret, quote(secret), quote(secret, safe=""), html.escape(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])


class Concealing:
    """A stream that conceals what is printed, and in all else is the stream behind it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text without secrets; returns the length of the original."""
        self._stream.write(conceal(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
