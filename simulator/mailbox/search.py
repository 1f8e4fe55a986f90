"""A subset of Gmail's search language. What it does not know finds nothing. It knows no HTTP.

Specification: https://support.google.com/mail/answer/7190
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.mailbox.labels import SYSTEM_LABELS
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Message
from simulator.mailbox.parts import tree_of

Test = Callable[[Message], bool]

# An operator without a value is one all the same, which finds nothing.
_TERM = re.compile(r'(?P<negated>-?)(?:(?P<operator>[A-Za-z_]+):)?(?:"(?P<phrase>[^"]*)"|(?P<word>(?<=:)\S*|\S+))')
_WORD = re.compile(r"\w+")
_AGE = re.compile(r"([0-9]{1,5})([dmy])")
_DATE = re.compile(r"([0-9]{4})[/-]([0-9]{1,2})[/-]([0-9]{1,2})")
_DAYS = {"d": 1, "m": 30, "y": 365}
_IS = {"unread": "UNREAD", "starred": "STARRED", "important": "IMPORTANT"}


def matcher(query: str, mailbox: Mailbox, now: datetime) -> Test:
    """Return the test of a message for a query: terms that all hold; `OR` binds closer than that."""
    groups: list[list[Test]] = []
    joins = False
    for term in _TERM.finditer(query):
        if term["word"] == "OR" and not term["operator"] and groups:
            joins = True
            continue
        test = _negated(_term(term, mailbox, now)) if term["negated"] else _term(term, mailbox, now)
        if joins:
            groups[-1].append(test)
        else:
            groups.append([test])
        joins = False
    return lambda message: all(any(test(message) for test in group) for group in groups)


def _negated(test: Test) -> Test:
    return lambda message: not test(message)


def _term(term: re.Match[str], mailbox: Mailbox, now: datetime) -> Test:
    value = term["phrase"] if term["phrase"] is not None else term["word"]
    operator = (term["operator"] or "").lower()
    if not operator:
        return lambda message: _holds(_text(message), value)
    if operator in ("from", "to", "subject"):
        return lambda message: _holds(message.content.header(operator), value)
    if operator in ("after", "newer", "before", "older"):
        return _dated(operator in ("after", "newer"), _moment(value))
    if operator in ("newer_than", "older_than"):
        return _dated(operator == "newer_than", _ago(value, now))
    if operator == "has":
        return lambda message: value.lower() == "attachment" and _has_attachment(message)
    if operator == "is":
        return _labelled(value, mailbox) if value.lower() != "read" else lambda m: "UNREAD" not in m.label_ids
    if operator == "in" and value.lower() == "anywhere":
        return lambda message: True
    return _labelled(value, mailbox) if operator in ("in", "label") else lambda message: False


def _holds(text: str, value: str) -> bool:
    """Tell whether the words of the value stand one after another in the text, as whole words."""
    wanted, words = _WORD.findall(value.lower()), _WORD.findall(text.lower())
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(words)} "


def _text(message: Message) -> str:
    content = message.content
    return " | ".join([content.header("subject"), content.header("from"), content.header("to"), content.text])


def _labelled(value: str, mailbox: Mailbox) -> Test:
    """Names of the user's own labels are written with hyphens for what else a word cannot hold."""
    name = value.lower()
    own = {re.sub(r"[^\w]+", "-", label.lower()): label_id for label_id, label in mailbox.user_labels.items()}
    system = {label.lower(): label for label in SYSTEM_LABELS}
    label_id = own.get(name) or _IS.get(name) or system.get(name.removesuffix("s")) or system.get(name)
    return lambda message: label_id in message.label_ids


def _has_attachment(message: Message) -> bool:
    return bool(message.content.raw) and any(part.is_attached for part in tree_of(message.content).walk())


def _dated(after: bool, moment: datetime | None) -> Test:
    if moment is None:
        return lambda message: False
    milliseconds = moment.timestamp() * 1_000
    return lambda message: (message.internal_date >= milliseconds) == after


def _moment(value: str) -> datetime | None:
    """Read seconds since 1970, or a date, which begins at midnight in California."""
    try:
        if value.isdecimal() and len(value) < 12:
            return datetime.fromtimestamp(int(value), UTC)
        date = _DATE.fullmatch(value)
        return datetime(int(date[1]), int(date[2]), int(date[3]), tzinfo=_california()) if date else None
    except (ValueError, OverflowError):
        return None


def _california() -> ZoneInfo:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # a machine without the zones
        return ZoneInfo("UTC")


def _ago(value: str, now: datetime) -> datetime | None:
    age = _AGE.fullmatch(value)
    try:
        return now - timedelta(days=int(age[1]) * _DAYS[age[2]]) if age else None
    except OverflowError:
        return None
