"""Search one mailbox with Gmail itself: 5 units and 20 for each message that the mirror lacks, of the readers'."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from gmail_sync.exceptions import GmailMisconfigured, GmailThrottled, GrantLost, QuotaSpent
from gmail_sync.gmail.api import Gmail
from gmail_sync.gmail.metadata import Headers
from gmail_sync.gmail.refusals import BAD_REQUEST
from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading.access import asks, opened
from gmail_sync.reading.answers import RETRY_SECONDS
from gmail_sync.schedule import wake_workers
from gmail_sync.searching import keeping
from gmail_sync.searching.wanted import Question
from gmail_sync.sync import mirror

PAGE_SIZE = 20  # in one batch, and 405 units at most

logger = structlog.get_logger(__name__)


class State(StrEnum):
    """How a mailbox has answered."""

    OK = "ok"
    THROTTLED = "throttled"
    REAUTH_REQUIRED = "reauth_required"
    AWAY = "away"


@dataclass
class Found:
    """What one mailbox has answered; `kept` are the ids that have a row, `token` is that of the page to ask next.

    A page that came in part is to be asked again.
    """

    account: GmailAccount
    messages: list[Message] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    token: str | None = None
    estimate: int = 0
    state: State = State.OK
    retry_after: int = 0


def ask(account: GmailAccount, question: Question) -> Found:
    """Return a page of what Gmail finds, newest first. What goes wrong is its state, with what came before that."""
    found = Found(account)
    try:
        with opened(Gmail, account) as gmail:
            _search(found, gmail, question)
    except Exception as error:
        if question.labels and isinstance(error, GmailMisconfigured) and error.cause == BAD_REQUEST:
            _list_labels_anew(account)  # there is no such label any more, and no mail that has it
        else:
            refuse(found, error, question)
    return found


def refuse(found: Found, error: Exception, question: Question) -> None:
    """Note why the mailbox did not answer, or not with all of the page."""
    found.token = question.token
    found.state, found.retry_after = State.AWAY, RETRY_SECONDS
    if isinstance(error, GrantLost):
        found.state, found.retry_after = State.REAUTH_REQUIRED, 0
    elif isinstance(error, (QuotaSpent, GmailThrottled)):
        found.state = State.THROTTLED
        found.retry_after = max(1, math.ceil(error.retry_after or RETRY_SECONDS))
    else:
        logger.warning("search.refused", account=found.account.pk, error=type(error).__name__)


def _list_labels_anew(account: GmailAccount) -> None:
    if asks.allows(f"labels {account.pk}"):
        GmailAccount.objects.filter(pk=account.pk).ask_labels()
        wake_workers()


def _search(found: Found, gmail: Gmail, question: Question) -> None:
    account = found.account
    account.refresh_from_db(fields=["history_id"])  # for keeping.py; the request may have waited for a thread
    page = gmail.search(question.query, PAGE_SIZE, question.token, question.spam_and_trash, question.labels)
    gmail_ids = list(dict.fromkeys(page.ids))[:PAGE_SIZE]
    known = mirror.rows(account, gmail_ids)
    keeping.look_at(account, known.values())
    found.messages, found.kept = list(known.values()), set(known)
    found.estimate, found.token = page.estimate, page.token or None
    lacking = [gmail_id for gmail_id in gmail_ids if gmail_id not in known]
    if not lacking:
        return
    fetched, refusals = gmail.headers(lacking)
    came = [headers for headers in fetched.values() if isinstance(headers, Headers)]
    found.messages += [mirror.unsaved(account, headers) for headers in came]
    found.kept |= keeping.keep(account, came)
    for refusal in refusals.values():
        raise refusal
