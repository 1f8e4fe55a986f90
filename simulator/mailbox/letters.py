"""The texts of the usual mail, read from letters.toml: somebody's private mailbox, and the one at their work."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Conversation:
    """Four mails of one thread, each by somebody: (sender, text)."""

    subject: str
    mails: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Single:
    """A mail that nobody answers. `{n}` is another number each time; the category is Gmail's label."""

    sender: str
    subject: str
    text: str
    category: str


@dataclass(frozen=True)
class Life:
    """A mailbox and those who write to it."""

    mailbox: str
    conversations: tuple[Conversation, ...]
    singles: tuple[Single, ...]


def _life(document: dict[str, Any]) -> Life:
    conversations = (
        Conversation(item["subject"], tuple((by, text) for by, text in item["mails"]))
        for item in document["conversations"]
    )
    singles = (Single(**item) for item in document["singles"])
    return Life(document["mailbox"], tuple(conversations), tuple(singles))


_DOCUMENT = tomllib.loads((Path(__file__).parent / "letters.toml").read_text("utf-8"))
PERSON: str = _DOCUMENT["person"]
HOME, WORK = _life(_DOCUMENT["home"]), _life(_DOCUMENT["work"])
LIVES = {life.mailbox: life for life in (HOME, WORK)}
