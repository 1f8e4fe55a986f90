"""Mail as somebody's mailbox has it: conversations, receipts, invitations. Odd mail comes rarely.

Mails come in blocks of twelve: two conversations of four, and four single ones between them.
"""

from email.charset import QP, Charset
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from random import Random

from simulator.ids import digest
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
        text = (what.sender, what.subject.replace("{n}", changing), what.text.replace("{n}", changing))
        return _mail(to, text, f"{block}.{place}", now, what.category), ""
    sender, text_ = what.mails[turn]
    name = f"{block}.{LIVES.get(to, HOME).conversations.index(what)}"
    before = _thread(mailbox, f"<{name}.")
    subject = f"Re: {what.subject}" if turn else what.subject
    return _mail(to, (sender, subject, text_), f"{name}.{turn}", now, "CATEGORY_PERSONAL"), before


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


def _mail(to: str, letter: tuple[str, str, str], name: str, now: float, category: str) -> Mail:
    sender, subject, text = letter
    by, address = parseaddr(sender)
    headers = (
        ("Delivered-To", to),
        ("MIME-Version", "1.0"),
        ("Date", formatdate(now)),
        ("Message-ID", f"<{name}@{address.partition('@')[2]}>"),
        ("Subject", _encoded(subject)),
        ("From", formataddr((by, address), "utf-8")),
        ("To", formataddr((PERSON, to))),
    )
    labels = ("INBOX", "UNREAD", category, *(("IMPORTANT",) if category == "CATEGORY_PERSONAL" else ()))
    return Mail(Content(headers, text), labels, is_reply=False)


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, _UTF8).encode().replace("\n", "")
