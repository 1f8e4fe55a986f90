"""Parser of DATABASE_URL for Django's DATABASES: any password as people write it, paths from the repository.

The form: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlparse

import environ

POSTGRES = ("postgres://", "postgresql://", "psql://", "pgsql://")
FORM = "postgres://USER:PASSWORD@HOST:5432/NAME or sqlite:///FILE"

# What a user or password may hold as it stands; `%41` stays what it says.
_AS_IT_STANDS = "!$&'()*+,;=~"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"([\w.-]*|\[[0-9A-Fa-f:.]*\])(:\d*)?")


class DatabaseUrlRefused(Exception):
    """DATABASE_URL cannot be used; the text says why and quotes nothing of it."""


def configuration(url: str, directory: Path) -> dict[str, Any]:
    """Return ENGINE, NAME and so on. A relative file lies in the directory. Raises DatabaseUrlRefused."""
    url = url.strip()
    scheme = url.partition("://")[0].lower() + "://"
    if scheme == "sqlite://":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": _file(url[len(scheme) :], directory)}
    if scheme not in POSTGRES:
        raise DatabaseUrlRefused(f"must look like {FORM}")
    try:
        # Split here: django-environ would take a malformed host as it is, with all of it quoted.
        parts = urlparse(f"postgres://{_escaped(url[len(scheme) :])}")
        found: dict[str, Any] = environ.Env.db_url_config(parts)
    except Exception:  # its text holds the piece that was not understood
        raise DatabaseUrlRefused(
            f"cannot be read: it looks like {FORM}, with a number as port, and @ : / ? # % within user and "
            "password written as %40 %3A %2F %3F %23 %25"
        ) from None
    found["HOST"] = unquote(found["HOST"])  # a directory of sockets
    if not found["NAME"] and "service" not in found.get("OPTIONS", {}):
        raise DatabaseUrlRefused(f"names no database: it looks like {FORM}")
    return {**found, "ENGINE": "finito.postgresql"}


def _file(rest: str, directory: Path) -> str:
    if rest in (":memory:", "/:memory:"):
        return ":memory:"
    name = unquote(rest.removeprefix("/").partition("?")[0])
    if not rest.startswith("/") or not name:
        raise DatabaseUrlRefused("needs three slashes before the file: sqlite:///FILE, four where it begins with one")
    return str(directory / name)


def _escaped(rest: str) -> str:
    """Quote user and password as a URL wants them, wherever they end."""
    before_query = rest.partition("?")[0]
    if "@" in before_query:
        end = before_query.rindex("@")
    elif "@" not in rest or _names_no_user(before_query):
        return rest
    else:  # a password with a question mark
        end = rest.rindex("@")
    user, colon, password = rest[:end].partition(":")
    return f"{_quoted(user)}{colon}{_quoted(password)}{rest[end:]}"


def _names_no_user(before_query: str) -> bool:
    """Tell whether this is hosts and a path, with a query that happens to hold an @."""
    hosts, slash, _ = before_query.partition("/")
    return bool(slash) and all(map(_HOST.fullmatch, hosts.split(",")))


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=f"%{_AS_IT_STANDS}")
