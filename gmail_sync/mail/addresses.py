"""Parser of raw address headers (From, To). Pure, without recursion, linear.

Split first and decoded then, so that no letter of a name takes part in the syntax; lenient where real mail needs it.
Not email.utils, which recurses and differs between Python's releases (docs/adr/0015).
Specification: https://www.rfc-editor.org/rfc/rfc5322#section-3.4 and 4.4; RFC 6854 (groups as authors)
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from gmail_sync.mail.address_tokens import Token, tokens
from gmail_sync.mail.header_text import decode, shortened

LONGEST_RAW = 8_192  # characters of a header that are looked at: what LONGEST_LIST may take, encoded
KEPT_END = 1_024  # of a longer one, where the address stands after a name that is out of all bounds
LONGEST_NAME = 200  # characters; a row has room for some 30
LONGEST_ADDRESS = 320  # 64 before the @ and 255 after it (RFC 5321, 4.5.3.1)
LONGEST_LIST = 1_000  # some 30 recipients

_SPECIAL = re.compile(r'[()<>\[\]:;@\\,."]')
_NEVER_BARE = re.compile(r'[\s()<>\[\]:;,\\"]+')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"\[[\w.:]*\]")
_UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that are blank


@dataclass(frozen=True)
class Mailbox:
    """A name as people read it, and an address; either may be missing. An empty group has only `group`."""

    name: str = ""
    address: str = ""
    group: str = ""

    def __str__(self) -> str:
        """Write it as RFC 5322 does, but with the letters as they are, so that every parser reads it back."""
        if self.name or self.address.startswith("@"):  # bare, that would be no address
            return f"{_phrase(self.name)} <{self.address}>".lstrip()
        return self.address or (f"{_phrase(self.group)}:;" if self.group else "")


class _Entry(NamedTuple):
    """The text between two separators: a raw name, a raw address, and whether the address had brackets."""

    name: str
    address: str | None
    bracketed: bool = False


def parse_mailboxes(header: str) -> Iterator[Mailbox]:
    """Return a raw header's mailboxes, in order. A name that unquoted commas cut (`Doe, John <john@x>`) is one."""
    names: list[str] = []
    for group, entry, goes_on in _entries(tokens(header[:LONGEST_RAW])):
        if entry.address is not None:
            if names and not (entry.bracketed and entry.name):
                yield Mailbox(_name(names), group=group)
                names = []
            yield Mailbox(_name([*names, entry.name]), _address(entry.address), group)
            names = []
        elif entry.name:
            names.append(entry.name)
        elif not goes_on and not names and group:
            yield Mailbox(group=group)
        if names and not goes_on:
            yield Mailbox(_name(names), group=group)
            names = []


def first_mailbox(header: str) -> Mailbox:
    """Return the sender: the first with an address, under its group's name if it has none; or else the first."""
    if len(header) > LONGEST_RAW:
        header = header[: LONGEST_RAW - KEPT_END] + header[-KEPT_END:]
    found = Mailbox()
    for mailbox in parse_mailboxes(header):
        if mailbox.address:
            return replace(mailbox, name=mailbox.name or mailbox.group)
        found = found if str(found) else mailbox
    return found


def list_mailboxes(mailboxes: Iterable[Mailbox]) -> str:
    """Return the list as text, with an ellipsis in place of those that do not fit."""
    text = ""
    for written in filter(None, map(str, mailboxes)):
        longer = f"{text}, {written}" if text else written
        if len(longer) > LONGEST_LIST - len(", …"):
            return f"{text}, …"
        text = longer
    return text


def _entries(scanned: list[Token]) -> Iterator[tuple[str, _Entry, bool]]:
    """Yield each entry with its group's name, and whether the list or group goes on after it."""
    last_end = max((at for at, token in enumerate(scanned) if token.kind == ";"), default=-1)
    group, pieces = "", list[Token]()
    for at, token in enumerate(scanned):
        if token.kind == ":" and at < last_end and not group and _is_phrase(pieces):
            group, pieces = _name([_said(pieces)]), []
        elif token.kind == ":":
            pieces.append(token)
        elif token.kind in ",;":
            yield group, _take_apart(pieces), token.kind == ","
            group, pieces = "" if token.kind == ";" else group, []
        else:
            pieces.append(token)
    yield group, _take_apart(pieces), False


def _is_phrase(pieces: list[Token]) -> bool:
    return bool(_said(pieces)) and not any(token.kind == "angle" or "@" in token.text for token in pieces)


def _take_apart(pieces: list[Token]) -> _Entry:
    brackets = [at for at, token in enumerate(pieces) if token.kind == "angle"]
    if brackets:
        at = next((at for at in brackets if "@" in pieces[at].text), brackets[0])
        name = _said(pieces[:at])  # with what is in parentheses: Ann (Sales) <ann@x>
        return _Entry(name if _is_visible(name) else _called(pieces[at + 1 :]), pieces[at].text, bracketed=True)
    for at, token in enumerate(pieces):
        found = next((word for word in token.text.split() if "@" in word), "") if token.kind == "text" else ""
        start = at
        if found.startswith("@"):  # "john doe"@x, or no address at all
            start -= bool(at) and pieces[at - 1].kind == "quoted"
            found = pieces[start].raw + found if start < at else ""
        if found:
            rest = Token("text", token.text.replace(found.rpartition('"')[2], "", 1), "")
            return _Entry(_called([*pieces[:start], rest, *pieces[at + 1 :]]), found)
    return _Entry(_said(pieces), None)


def _said(pieces: list[Token]) -> str:
    return "".join(token.raw if token.kind in ("comment", "angle") else token.text for token in pieces).strip()


def _called(pieces: list[Token]) -> str:
    """Return the name beside an address: the words, or else the comment, as in the old form `ann@x (Ann)`."""
    words = _said([token for token in pieces if token.kind != "comment"])
    return words if _is_visible(words) else " ".join(token.text for token in pieces if token.kind == "comment")


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(sign)[0] not in "CZ" and sign not in _UNSEEN for sign in text)


def _name(phrases: list[str]) -> str:
    name = decode(", ".join(filter(None, phrases)))
    return shortened(name, LONGEST_NAME) if _is_visible(name) else ""


def _address(raw: str) -> str:
    """Return the address without characters that no address holds; empty if no reader would take it for one."""
    local, at, domain = decode(raw).removeprefix("mailto:").rpartition("@")
    if not _QUOTED.fullmatch(local):
        local = _NEVER_BARE.sub("", local)
        local = f'"{local}"' if "@" in local else local
    domain = domain if _LITERAL.fullmatch(domain) else _NEVER_BARE.sub("", domain)
    address = local + at + domain
    return address if len(address) <= LONGEST_ADDRESS else shortened(_NEVER_BARE.sub("", address), LONGEST_ADDRESS)


def _phrase(name: str) -> str:
    if not _SPECIAL.search(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
