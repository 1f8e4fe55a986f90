"""Read what somebody searches for: dates for Gmail, and the terms that the mirror can look for. Pure.

Specification: https://support.google.com/mail/answer/7190
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gmail_sync.mail.header_text import storable

LONGEST = 500  # characters; Gmail itself takes some thousands
MOST_TERMS = 10  # that the mirror looks for: each is a LIKE over three columns
LONGEST_ZONE = 64

_PHRASE_OR_DATE = re.compile(
    r'"[^"]*"|(?<![^\s(\-{])(after|before|newer|older):([0-9]{1,4})[/-]([0-9]{1,2})[/-]([0-9]{1,4})(?!\S)',
    re.IGNORECASE,
)
_TERM = re.compile(r'(-?)(?:([A-Za-z_]+):)?(?:"([^"]*)"|([^\s"]+))')
_OF_SPAM_OR_TRASH = re.compile(r'(?<![^\s(\-{])in:"?(spam|trash|anywhere)\b', re.IGNORECASE)
_COLUMNS = {"": "text", "from": "sender", "to": "recipients", "subject": "subject", "is": "is", "in": "in"}


class Unusable(ValueError):
    """Nothing to search for, or too much."""


@dataclass(frozen=True)
class Term:
    """One thing to look for: `field` is text, sender, recipients, subject, is or in; label for a view."""

    field: str
    text: str
    negated: bool = False


def parse(text: str) -> str:
    """Return the query on one line, as it may be sent. Raises Unusable."""
    if len(text) > LONGEST:
        raise Unusable("a search has 500 characters at most")
    query = storable(text)
    if not query:
        raise Unusable("there is nothing to search for")
    return query


def for_gmail(query: str, zone: tzinfo) -> str:
    """Return the query with its dates in seconds: Gmail begins a day in California, the reader in their zone."""

    def in_seconds(found: re.Match[str]) -> str:
        operator, first, second, third = found.groups()
        if operator is None:
            return found[0]  # a phrase is sent as it is
        year, month, day = (first, second, third) if len(first) == 4 else (third, first, second)
        try:
            seconds = int(datetime(int(year), int(month), int(day), tzinfo=zone).timestamp())
        except (ValueError, OverflowError):
            return found[0]
        return f"{operator}:{seconds}" if seconds >= 0 else found[0]  # Gmail knows no number before 1970

    return _PHRASE_OR_DATE.sub(in_seconds, query)


def names_spam_or_trash(query: str) -> bool:
    """Tell whether the query asks for what Gmail leaves out unless it is told."""
    return _OF_SPAM_OR_TRASH.search(query) is not None


def zone_of(name: str) -> tzinfo:
    """Return the reader's time zone by its IANA name; UTC for one that nobody here knows."""
    try:
        return ZoneInfo(name if 0 < len(name) <= LONGEST_ZONE else "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def terms(query: str) -> list[Term]:
    """Return what the mirror can look for. Other operators are Gmail's alone, and left out."""
    found = []
    for negation, operator, phrase, word in _TERM.findall(query):
        field, text = _COLUMNS.get(operator.lower()), (phrase or word).strip("(){}")
        if field and text and not (text == "OR" and not operator):
            found.append(Term(field, text, bool(negation)))
    return found[:MOST_TERMS]
