"""A listing of any length is written as it comes, and given up when it gets nowhere (RULES R4, sync/turns.py)."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync.gmail import api as gmail_api
from gmail_sync.models import GmailAccount, SkippedMessage
from gmail_sync.sync import turns
from simulator.paging import Page
from tests.gmail_sync.sync.history_pages import changes
from tests.support.google.harness import Mailbox, attempt_sync, is_due, mirrored, push, sync, told, types

HISTORY, LISTING = "history.list", "messages.list"


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """One record or message a page, three pages a turn."""
    monkeypatch.setattr(gmail_api, "PAGE_SIZE", 1)
    monkeypatch.setattr(turns, "PAGES_A_TURN", 3)
    monkeypatch.setattr(turns, "IDLE_PAGES", 5)


def endless(gmail: Mailbox, method: str, body: dict[str, Any]) -> None:
    """Each page names another one."""
    gmail.fault(method, times=None, body=json.dumps({"nextPageToken": Page().token_after(1), **body}))


def rounds(account: GmailAccount, result: str = "ok") -> list[str]:
    """Sync until this result, at most twenty times. Returns the results."""
    results: list[str] = []
    while len(results) < 20 and (not results or results[-1] != result):
        results.append(attempt_sync(account))
    return results


def test_rule_04_a_backlog_is_read_in_turns(
    gmail: Mailbox, account: GmailAccount, ann: User, small_pages: None
) -> None:
    gmail_ids = gmail.deliver(7)
    assert attempt_sync(account) == "unfinished"
    assert (len(told(ann)), is_due(account)) == (3, True)
    assert rounds(account) == ["unfinished", "ok"]
    assert told(ann) == [("message.added", gmail_id) for gmail_id in gmail_ids]
    assert account.history_id == gmail.history_id


@pytest.mark.parametrize("method", [HISTORY, LISTING])
def test_rule_04_a_throttle_at_every_fourth_page_only_slows_it(
    gmail: Mailbox, ann: User, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(gmail_api, "PAGE_SIZE", 1)
    gmail.deliver(9, label_ids=["INBOX"])
    account = gmail.connect(ann)
    if method == HISTORY:
        sync(account)
        gmail.deliver(12)
    for after in range(3, 40, 4):
        gmail.fault(method, status=429, after=after - after // 4)
    asked = gmail.calls(method)
    assert rounds(account)[-1] == "ok"
    assert len(mirrored(account)) == (24 if method == HISTORY else 12)
    assert gmail.calls(method) - asked <= 24


def test_rule_04_a_resync_goes_on_where_its_listing_was_cut_off(
    gmail: Mailbox, account: GmailAccount, ann: User, small_pages: None
) -> None:
    gmail.deliver(5, label_ids=["INBOX"])
    gmail.account("expire_history")
    gmail.fault(LISTING, status=429, page=3)
    asked = gmail.calls(LISTING)
    assert rounds(account) == ["retry", "unfinished", "ok"]
    assert gmail.calls(LISTING) - asked == 9
    assert (len(mirrored(account)), types(ann).count("mailbox.resynced"), account.listing) == (8, 1, None)


def test_it_begins_a_listing_anew_when_its_place_is_forgotten(gmail: Mailbox, ann: User, small_pages: None) -> None:
    account = gmail.connect(ann)
    gmail.fault(LISTING, status=429, page=2)
    attempt_sync(account)
    gmail.fault(LISTING, status=400, page=2)
    assert rounds(account)[-1] == "ok"
    assert len(mirrored(account)) == 3


@pytest.mark.parametrize("records", [False, True], ids=["nothing on it", "the same record again"])
def test_rule_19_a_history_without_an_end_is_given_up_as_unreadable(
    gmail: Mailbox, account: GmailAccount, ann: User, small_pages: None, records: bool
) -> None:
    (gmail_id,) = list(mirrored(account))[:1]
    history_id = gmail.history_id + 1
    endless(gmail, HISTORY, {"historyId": str(history_id), "history": records * [changes(history_id, [gmail_id])]})
    results = rounds(account, "retry")
    assert results[-1] == "retry"
    assert gmail.calls(HISTORY) < 20
    assert (told(ann), account.failures) == (records * [("message.changed", gmail_id)], 1)


@pytest.mark.parametrize("full", [False, True], ids=["nothing on it", "the same ids again"])
def test_rule_19_an_inbox_without_an_end_does_not_keep_a_mailbox_from_being_connected(
    gmail: Mailbox, ann: User, small_pages: None, full: bool
) -> None:
    account = gmail.connect(ann)
    known = gmail.state["messages"][0]["id"]
    endless(gmail, LISTING, {"messages": full * [{"id": known, "threadId": "t"}]})
    assert rounds(account)[-1] == "ok"
    assert (account.state, len(mirrored(account))) == ("connected", int(full))


def test_rule_19_a_page_of_the_history_that_gmail_always_fails_at_is_passed(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail_ids = gmail.deliver(2)
    for _ in range(7):
        gmail.fault(HISTORY, status=500)
        assert attempt_sync(account) == "retry"
    gmail.fault(HISTORY, status=500)
    assert attempt_sync(account) == "ok"
    assert [gmail_id for _, gmail_id in told(ann)] == gmail_ids[::-1]
    assert account.history_id == gmail.history_id


def test_a_page_that_arrives_before_its_messages_deletion_owes_nothing(
    gmail: Mailbox, account: GmailAccount, ann: User, small_pages: None
) -> None:
    """As each autosave of a draft whose records carry no labels."""
    (gone,) = gmail.deliver()
    gmail.act(gone, "delete")
    (there,) = gmail.deliver()
    push(account, gmail.history_id)
    assert attempt_sync(account) == "ok"
    assert (told(ann), account.history_id) == ([("message.added", there)], gmail.history_id)
    assert not SkippedMessage.objects.exists()


def test_a_message_is_deleted_two_pages_after_its_label_changed(
    gmail: Mailbox, account: GmailAccount, ann: User, small_pages: None
) -> None:
    gmail_id = next(iter(mirrored(account)))
    gmail.modify(gmail_id, add=["STARRED"])
    gmail.act(gmail_id, "delete")
    assert attempt_sync(account) == "ok"
    assert told(ann) == [("message.changed", gmail_id), ("message.deleted", gmail_id)]
