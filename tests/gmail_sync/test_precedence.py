"""Full workers read first what somebody asks for, and nobody waits for ever (querysets.py)."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from gmail_sync.claims import claim_due
from gmail_sync.models import GmailAccount
from gmail_sync.querysets import PRECEDENCE_SECONDS
from gmail_sync.states import AccountState
from tests.support.google.harness import Mailbox, Meanwhile, ask_sync, attempt_sync, push

READ_UP_TO = 100
ASKERS: dict[str, Callable[[GmailAccount], None]] = {
    "a push": lambda account: push(account, READ_UP_TO + 1),
    "an operator": ask_sync,
}

pytestmark = pytest.mark.usefixtures("transactional_db")


def mailbox(name: str, due_for: float = -60) -> GmailAccount:
    return GmailAccount.objects.create(
        email=f"{name}@gmail.example",
        google_sub=name,
        state=AccountState.CONNECTED,
        history_id=READ_UP_TO,
        next_sync_at=timezone.now() - timedelta(seconds=due_for),
    )


def in_turn() -> list[str]:
    """Claim what is due one by one, as a worker with one idle thread does."""
    taken = []
    while claims := claim_due(1, threading.Event()):
        taken.append(claims[0].account.google_sub)
    return taken


@pytest.mark.parametrize("asks", ASKERS.values(), ids=ASKERS.keys())
def test_it_reads_what_was_asked_for_before_what_is_read_to_be_sure(asks: Callable[[GmailAccount], None]) -> None:
    mailbox("to be sure", due_for=PRECEDENCE_SECONDS / 2)
    asks(mailbox("asked for"))
    assert in_turn() == ["asked for", "to be sure"]


def test_no_read_waits_for_ever_behind_those_that_are_asked_for() -> None:
    mailbox("to be sure", due_for=PRECEDENCE_SECONDS + 1)
    push(mailbox("asked for"), READ_UP_TO + 1)
    assert in_turn() == ["to be sure", "asked for"]


@pytest.mark.parametrize("asks", ASKERS.values(), ids=ASKERS.keys())
def test_asking_again_costs_no_place(asks: Callable[[GmailAccount], None]) -> None:
    first = mailbox("first")
    asks(first)
    push(mailbox("second"), READ_UP_TO + 1)
    asks(first)
    assert in_turn() == ["first", "second"]


def test_what_is_asked_for_during_a_read_comes_first_as_well(gmail: Mailbox, account: GmailAccount) -> None:
    assert attempt_sync(account, Meanwhile(1, lambda: push(account, gmail.history_id + 9))) == "ok"
    mailbox("to be sure", due_for=PRECEDENCE_SECONDS / 2)
    assert in_turn() == [account.google_sub, "to be sure"]
