"""An act on a conversation is about what its user had before them, whatever dates say (seen.py)."""

from typing import Any

import pytest

from gmail_sync.models import GmailAccount
from realtime.log import eventlog, reading
from tests.gmail_sync.acting.page import ARCHIVE, ActingPage, ids_of, labels_at_gmail
from tests.gmail_sync.acting.test_acting import LONG_AGO_MS
from tests.support.google.harness import Mailbox, sync


def position(page: ActingPage) -> str:
    """Where the page stands that has taken everything."""
    return str(reading.head(page.user.pk))


def talk(gmail: Mailbox, acting: GmailAccount) -> str:
    (thread,) = gmail.deliver(subject="A talk", label_ids=["INBOX", "UNREAD"], internal_date=LONG_AGO_MS)
    sync(acting)
    return thread


def arrive_late(gmail: Mailbox, acting: GmailAccount, thread: str, ago_ms: int = 86_400_000) -> str:
    """A mail of the day before comes into the conversation, as by an import or after a delay."""
    (late,) = gmail.deliver(label_ids=["INBOX", "UNREAD"], thread_id=thread, internal_date=LONG_AGO_MS - ago_ms)
    sync(acting)
    return late


def archived(gmail: Mailbox, acting: GmailAccount, page: ActingPage, thread: str, seen: Any, *ids: str) -> list[bool]:
    """Archive the conversation up to its newest message; tell which of the messages are."""
    page.act([], threads=[{"id": thread, "up_to": thread}], seen=seen, **ARCHIVE)
    sync(acting)
    return ["INBOX" not in labels_at_gmail(gmail)[gmail_id] for gmail_id in ids]


def test_rule_22_an_older_mail_that_is_found_late_stays(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    thread = talk(gmail, acting)
    seen = position(page)
    late = arrive_late(gmail, acting, thread)
    assert archived(gmail, acting, page, thread, seen, thread, late) == [True, False]


def test_an_older_mail_that_was_found_late_and_shown_goes_with_the_others(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    thread = talk(gmail, acting)
    late = arrive_late(gmail, acting, thread)
    assert archived(gmail, acting, page, thread, position(page), thread, late) == [True, True]


def test_what_is_named_is_seen_wherever_the_page_stands(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    seen, thread = position(page), talk(gmail, acting)
    page.act([thread], seen=seen, **ARCHIVE)
    sync(acting)
    assert "INBOX" not in labels_at_gmail(gmail)[thread]


def test_dates_decide_for_a_page_that_tells_no_position_or_one_that_is_over(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage
) -> None:
    thread, seen = talk(gmail, acting), position(page)
    late = arrive_late(gmail, acting, thread)
    eventlog.renew_epochs([page.user.pk])
    for number, nowhere in enumerate((seen, "", "ahead-9", "no position", f"{seen[:-1]}999999")):
        assert archived(gmail, acting, page, thread, nowhere, thread, late) == [True, True], number
        for gmail_id in (thread, late):
            gmail.modify(gmail_id, add=["INBOX"])


@pytest.mark.parametrize("up_to_answer", [True, False])
def test_rule_22_an_act_is_about_what_was_seen_in_the_conversation_as_it_was(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, up_to_answer: bool
) -> None:
    answer, question = gmail.deliver(2, label_ids=["INBOX"], subject="Two mails")  # an answer sent first
    sync(acting)
    seen = position(page)
    gmail.act(answer, "move", thread_id=question)
    gmail.modify(answer, add=["STARRED"])
    sync(acting)
    shown = answer if up_to_answer else question
    page.act([], threads=[{"id": shown, "up_to": shown}], seen=seen, **ARCHIVE)
    sync(acting)
    archived = {gmail_id for gmail_id in (question, answer) if "INBOX" not in labels_at_gmail(gmail)[gmail_id]}
    assert archived == {shown}


@pytest.mark.parametrize("seen", [7, None, ["a-1"], {}])
def test_a_position_is_a_text(gmail: Mailbox, page: ActingPage, seen: Any) -> None:
    assert page.post(messages=ids_of(gmail)[:1], seen=seen, **ARCHIVE).status_code == 400
