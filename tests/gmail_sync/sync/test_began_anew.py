"""A mailbox whose historyIds begin anew, below the cursor, as after a restore: nothing would ever come again."""

import json

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount
from gmail_sync.sync.settling import REPEAT_SECONDS
from tests.support.google.harness import Mailbox, mirrored, push, sync, types

TRIES = len(REPEAT_SECONDS)


def begin_anew(gmail: Mailbox, profile: int = 7) -> None:
    """Let Gmail name a historyId from long before the mailbox was connected, and know of no changes."""
    gmail.fault("history.list", body=json.dumps({"historyId": "7"}), times=None)
    body = json.dumps({"emailAddress": gmail.email, "historyId": str(profile)})
    gmail.fault("getProfile", body=body, times=None)


def test_rule_14_it_compares_the_mailbox_and_goes_on_from_there(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    newest, *_ = (message["id"] for message in gmail.state["messages"])
    gmail.modify(newest, remove=["INBOX"])
    (new,) = gmail.deliver(label_ids=["INBOX"])
    begin_anew(gmail)
    push(account, 9)
    for _ in range(TRIES + 1):
        sync(account)
    assert (account.history_id, types(ann)[-1]) == (7, "mailbox.resynced")
    assert (mirrored(account)[newest], mirrored(account)[new]) == (["UNREAD"], ["INBOX"])
    assert all(row.history_id >= 7 for row in account.messages.all())


@pytest.mark.parametrize("moments", [1, TRIES])
def test_rule_03_a_history_that_lags_for_a_moment_begins_nothing(
    gmail: Mailbox, account: GmailAccount, ann: User, moments: int
) -> None:
    cursor = account.history_id
    gmail.fault("history.list", body=json.dumps({"historyId": "7"}), times=moments)
    gmail.deliver(label_ids=["INBOX"])
    for _ in range(moments + 1):
        sync(account)
    assert account.history_id == gmail.history_id > (cursor or 0)
    assert types(ann) == ["message.added"]


def test_rule_03_a_history_that_lags_behind_the_mailbox_itself_begins_nothing(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    cursor = account.history_id
    begin_anew(gmail, profile=gmail.history_id)
    for _ in range(TRIES + 2):
        sync(account)
    assert (account.history_id, types(ann)) == (cursor, [])
