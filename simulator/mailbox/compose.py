"""Realistic mail: the same seed and number make the same mail, in all the ways that real mail is odd."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.utils import formataddr, formatdate
from html import escape
from random import Random

from simulator.ids import digest
from simulator.mailbox.message import Content
from simulator.mailbox.odd_bodies import ODD_BODIES
from simulator.mailbox.parts import content_of
from simulator.mailbox.phrases import CATEGORIES, SENDERS, SENTENCES, SUBJECTS

_LONG_BODY_BYTES = 50_000
HARM_EVERY = 5  # mails


@dataclass(frozen=True)
class Mail:
    """A mail to deliver: what was written, its labels, and whether it answers an earlier one."""

    content: Content
    label_ids: tuple[str, ...]
    is_reply: bool


def _encode(text: str, random: Random) -> str:
    """Return a header value as it stands in the mail: raw UTF-8, or RFC 2047 words of one kind or the other."""
    if text.isascii():
        return text
    style = random.choice(("raw", "utf-8/B", "utf-8/Q", "latin-1/Q"))
    if style == "raw":
        return text
    name, encoding = style.split("/")
    try:
        text.encode(name)
    except UnicodeEncodeError:
        name = "utf-8"
    charset = Charset(name)
    charset.header_encoding = BASE64 if encoding == "B" else QP
    return Header(text, charset).encode().replace("\n", "")


def _body(random: Random) -> str:
    sentences = random.choices(SENTENCES, k=random.randint(2, 9))
    text = " ".join(sentences)
    if random.random() < 0.05:
        text = (text + "\n") * (_LONG_BODY_BYTES // len(text.encode()) + 1)
    return text


def compose(
    seed: int,
    to: str,
    number: int,
    now: float,
    *,
    subject: str | None = None,
    sender: str | None = None,
    text: str | None = None,
    recipients: str | None = None,
) -> Mail:
    """Write the nth mail to an address, sent at `now` (seconds); what is given is taken as it is."""
    random = Random(digest(seed, "mail", to, number))
    name, address = random.choice(SENDERS)
    chosen = random.choice(SUBJECTS)
    body = _body(random) if text is None else text
    by = formataddr((_encode(name, random), address)) if name.isascii() else f"{_encode(name, random)} <{address}>"
    is_reply = random.random() < 0.25
    content = Content(
        headers=(
            ("Delivered-To", to),
            (
                "Received",
                f"by 2002:a05:6a10:{random.randrange(16**4):x}:0 with SMTP id x{number}; {formatdate(now)}",
            ),
            ("MIME-Version", "1.0"),
            ("Date", formatdate(now)),
            ("Message-ID", f"<{random.getrandbits(80):x}.{number}@{address.split('@')[1]}>"),
            ("Subject", _encode(chosen, random) if subject is None else subject),
            ("From", sender or by),
            ("To", to if recipients is None else recipients),
        ),
        text=body,
        html=_html(body, number) if random.random() < 0.6 else "",
    )
    return Mail(content, tuple(_labels(random)), is_reply)


def brought(octets: bytes) -> Mail:
    """Return a mail that somebody else has written."""
    return Mail(content_of(octets), ("INBOX", "UNREAD"), is_reply=False)


def _html(body: str, number: int) -> str:
    """Return the body in HTML; every few mails somebody means harm."""
    odd = ODD_BODIES[number // HARM_EVERY % len(ODD_BODIES)] if number % HARM_EVERY == 0 else ""
    return f"<div dir=auto>{escape(body)}</div>{odd}"


def _labels(random: Random) -> Iterator[str]:
    yield from ("INBOX", "UNREAD", random.choice(CATEGORIES))
    if random.random() < 0.3:
        yield "IMPORTANT"
    if random.random() < 0.1:
        yield "STARRED"


def as_reply(mail: Mail, subject: str) -> Mail:
    """Return the same mail as an answer to one with that subject."""
    line = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    headers = tuple((n, line if n == "Subject" else v) for n, v in mail.content.headers)
    return replace(mail, content=replace(mail.content, headers=headers))


def as_read(mail: Mail, number: int) -> tuple[str, ...]:
    """Return the labels of a mail that has been lying in the mailbox: most are read, some archived."""
    gone = {"UNREAD"} if number % 4 else set()
    if number % 9 == 0:
        gone |= {"INBOX"}
    return tuple(label for label in mail.label_ids if label not in gone)
