"""Reading the environment: the process's own variables, and `.env` below them. Every value is taken verbatim, but for
line ends around it: platforms keep secrets in files, whose last line ends in one.

What cannot be read is refused by name in a system check (gmail_sync/checks.py); no text of ours holds its value.
"""

import math
import os
import re
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from finito import database_url, dotenv_file

BASE_DIR = Path(__file__).resolve().parent.parent

UNREADABLE: list[str] = []  # names of malformed numbers (finito.E009)
REFUSED: dict[str, str] = {}  # by name: what is wrong with its value, without the value (finito.E020)

TRUE = {"true", "on", "ok", "t", "y", "yes", "1"}
FALSE = {"false", "off", "f", "n", "no", "0"}
MOST = 100_000_000.0  # seconds or pieces: three years, and below what a database's interval holds


FILE_FAULTS = dotenv_file.complete(os.environ, BASE_DIR)  # of `.env` (finito.E021)


def text(name: str, default: str = "") -> str:
    """Return a variable, without line ends around it. Platforms and compose files make empty ones: they are not set."""
    value = os.environ.get(name, "").strip("\r\n")
    return value if value.strip() else default


def flag(name: str, default: bool) -> bool:
    """Return a boolean variable; the default if it is malformed."""
    word = text(name).strip().lower()
    if word not in TRUE | FALSE | {""}:
        REFUSED[name] = "is neither true nor false"
    return word in TRUE or (default and word not in FALSE)


def number(name: str, default: float, *, least: float = 0, most: float = MOST) -> float:
    """Return a variable that is a number within these bounds, its unit in its name; the default if it is none."""
    try:
        value = float(text(name, str(default)))
    except ValueError:
        value = math.nan
    if not least <= value <= most:  # nor is NaN
        UNREADABLE.append(name)
        return default
    return value


def mail_server(url: str) -> dict[str, object]:
    """Django's EMAIL_ settings of an address such as smtp+tls://USER:PASSWORD@HOST:587, and whether it can be read."""
    try:
        server = environ.Env.email_url_config(url) if url else {}
    except (ImproperlyConfigured, ValueError, KeyError, TypeError):
        return {"EMAIL_URL_READABLE": False}
    return {name: value for name, value in server.items() if value is not None} | {"EMAIL_URL_READABLE": True}


def names(name: str) -> list[str]:
    """Return a variable that is a list, separated by commas or blanks."""
    return [item for item in re.split(r"[\s,]+", text(name)) if item]


def database(name: str) -> dict[str, Any]:
    """Return Django's configuration of the database that a URL names; without one a file in `var/`.

    One that is refused leaves a configuration that connects to nothing, so that the system checks can tell.
    """
    if url := text(name):
        try:
            return database_url.configuration(url, BASE_DIR)
        except database_url.DatabaseUrlRefused as refused:
            REFUSED[name] = str(refused)
            return {"ENGINE": "django.db.backends.dummy"}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(BASE_DIR / "var" / "finito.sqlite3")}


def make_place(name: str) -> None:
    """Make `var/` for the database that is there without an address; where that cannot be, its variable is refused."""
    try:
        if not text(name):
            (BASE_DIR / "var").mkdir(exist_ok=True)
    except OSError as error:
        REFUSED[name] = f"is not set, and the database cannot be in var/ ({error.strerror})"


class env:
    """The readers, one a kind of value."""

    str = staticmethod(text)
    bool = staticmethod(flag)
    db = staticmethod(database)
