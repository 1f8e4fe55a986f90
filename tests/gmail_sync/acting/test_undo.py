"""Undo takes back what an act really changed, and nothing that somebody else did."""

import uuid

from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount
from tests.gmail_sync.acting.page import ARCHIVE, STAR, TRASH, ActingPage, ids_of, labels_at_gmail
from tests.support.google.harness import Mailbox, attempt_sync, forget_events, mirrored, sync, types


def test_it_takes_back_what_the_act_changed_and_no_more(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    read, unread, _ = ids_of(gmail)
    gmail.modify(read, remove=["UNREAD"])
    sync(acting)
    op = page.act([read, unread], remove=["UNREAD"])
    sync(acting)
    assert page.undo(op).status_code == 202
    sync(acting)
    labels = labels_at_gmail(gmail)
    assert ("UNREAD" in labels[read], "UNREAD" in labels[unread]) == (False, True)
    assert labels == {gmail_id: set(known) for gmail_id, known in mirrored(acting).items()}
    assert page.states() == ["done", "done"]


def test_rule_22_mail_page_06_a_foreign_change_stays(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    first = ids_of(gmail)[0]
    op = page.act([first], **TRASH)
    sync(acting)
    gmail.modify(first, add=["STARRED"], remove=["UNREAD"])
    page.undo(op)
    sync(acting)
    assert labels_at_gmail(gmail)[first] == {"INBOX", "STARRED"}


def test_rule_22_what_another_member_did_since_is_theirs(
    gmail: Mailbox, acting: GmailAccount, page: ActingPage, bob: User
) -> None:
    acting.users.add(bob)
    first, other = ids_of(gmail)[:2], ActingPage(bob, acting, Client())
    op = page.act(first, **STAR)
    sync(acting)
    other.act(first[:1], remove=["STARRED"])
    other.act(first[:1], **STAR)
    sync(acting)
    page.undo(op)
    sync(acting)
    assert ["STARRED" in labels_at_gmail(gmail)[gmail_id] for gmail_id in first] == [True, False]


def test_an_act_that_still_waits_is_dropped(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    op, by = page.act(ids_of(gmail)[:1], **ARCHIVE), str(uuid.uuid4())
    answer = page.undo(op, by)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert page.settled() == [(op, "dropped", "undone", []), (by, "done", "", [])]
    sync(acting)
    assert (gmail.calls("messages.modify"), page.open()) == (0, [])


def test_an_act_that_is_on_its_way_is_undone_after_it(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    first = ids_of(gmail)[0]
    op = page.act([first], **ARCHIVE)
    gmail.fault("batch", email=gmail.email, drop=True)
    assert attempt_sync(acting) == "retry"
    assert page.undo(op).status_code == 202
    assert page.open()[0]["op"] == page.open()[1]["undoes"] == op
    sync(acting)
    assert page.states() == ["done", "done"]
    assert "INBOX" in labels_at_gmail(gmail)[first]


def test_undo_can_be_undone_and_asked_for_again(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    first, undone, redone = ids_of(gmail)[0], str(uuid.uuid4()), str(uuid.uuid4())
    op = page.act([first], **ARCHIVE)
    sync(acting)
    assert [page.undo(op, undone).status_code for _ in range(2)] == [202, 200]
    sync(acting)
    page.undo(undone, redone)
    forget_events()
    sync(acting)
    assert "INBOX" not in labels_at_gmail(gmail)[first]
    assert types(page.user) == ["message.changed", "action.settled"]


def test_what_came_to_nothing_is_undone_at_once(gmail: Mailbox, acting: GmailAccount, page: ActingPage) -> None:
    op = page.act(ids_of(gmail)[:1], remove=["STARRED"])
    sync(acting)
    answer = page.undo(op)
    assert (answer.status_code, answer.json()["state"]) == (200, "done")


def test_nobody_undoes_what_another_did(gmail: Mailbox, acting: GmailAccount, page: ActingPage, bob: User) -> None:
    acting.users.add(bob)
    op = page.act(ids_of(gmail)[:1], **ARCHIVE)
    sync(acting)
    assert ActingPage(bob, acting, Client()).undo(op).status_code == 404
