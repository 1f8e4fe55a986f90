"""Mail as somebody's mailbox has it: conversations, receipts, invitations. Odd mail comes rarely.

Mails come in blocks of twelve: two conversations of four, and four single ones between them.
"""

from dataclasses import replace
from email.charset import QP, Charset
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from random import Random

from simulator.ids import digest
from simulator.mailbox import bodies
from simulator.mailbox.compose import Mail
from simulator.mailbox.letters import HOME, LIVES, PERSON, Conversation, Single
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Content

BLOCK = 12
ODD_EVERY = 60  # mails
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = QP


def is_odd(number: int) -> bool:
    """Tell whether the nth mail of a mailbox is one of those that break naive programs."""
    return number % ODD_EVERY == 0


def age_of(back: int) -> float:
    """Return the age in seconds of the nth newest of the seeded mails: today's lie close together."""
    return float(700 * back**1.5)


def compose(seed: int, mailbox: Mailbox, number: int, now: float) -> tuple[Mail, str]:
    """Write the nth mail to a mailbox, sent at `now` (seconds); returns its thread too, empty for a new one."""
    to = mailbox.email
    block, place = divmod(number - 1, BLOCK)
    what, turn = _plan(seed, to, block)[place]
    if isinstance(what, Single):
        changing = str(Random(digest(seed, "figure", to, number)).randrange(10_000, 99_999))
        words = what.text.replace("{n}", changing)
        head = _headers(to, what.sender, what.subject.replace("{n}", changing), f"{block}.{place}", now)
        return _mail(Content(head, f"{words}\n", bodies.letter(what.sender, words, changing)), what.category), ""
    sender, text = what.mails[turn]
    name = f"{block}.{LIVES.get(to, HOME).conversations.index(what)}"
    before = _thread(mailbox, f"<{name}.")
    subject = f"Re: {what.subject}" if turn else what.subject
    head = _headers(to, sender, subject, f"{name}.{turn}", now)
    content = Content(head, *bodies.answer(sender, text, what.mails[turn - 1] if turn else None))
    if what.subject.startswith("Photos"):
        content = replace(content, text=text, raw=bodies.with_picture(head, text, "Heron"))
    return _mail(content, "CATEGORY_PERSONAL"), before


def _plan(seed: int, to: str, block: int) -> list[tuple[Conversation | Single, int]]:
    """Put the twelve in their order; a conversation's own mails stay in theirs."""
    life, random = LIVES.get(to, HOME), Random(digest(seed, "plan", to, block))
    chosen: list[Conversation | Single] = [
        life.conversations[(2 * block + n) % len(life.conversations)] for n in (0, 1)
    ]
    chosen += [life.singles[(4 * block + n) % len(life.singles)] for n in range(4)]
    order = [*chosen, *chosen[:2] * 3]
    random.shuffle(order)
    return [(what, order[:place].count(what)) for place, what in enumerate(order)]


def _thread(mailbox: Mailbox, begin: str) -> str:
    """Return the thread of the mails whose Message-ID begins so; empty if all of them are gone."""
    mails = mailbox.messages.values()
    return next((mail.thread_id for mail in mails if mail.content.header("Message-ID").startswith(begin)), "")


def _headers(to: str, sender: str, subject: str, name: str, now: float) -> tuple[tuple[str, str], ...]:
    by, address = parseaddr(sender)
    return (
        ("Delivered-To", to),
        ("MIME-Version", "1.0"),
        ("Date", formatdate(now)),
        ("Message-ID", f"<{name}@{address.partition('@')[2]}>"),
        ("Subject", _encoded(subject)),
        ("From", formataddr((by, address), "utf-8")),
        ("To", formataddr((PERSON, to))),
    )


def _mail(content: Content, category: str) -> Mail:
    labels = ("INBOX", "UNREAD", category, *(("IMPORTANT",) if category == "CATEGORY_PERSONAL" else ()))
    return Mail(content, labels, is_reply=False)


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, _UTF8).encode().replace("\n", "")
