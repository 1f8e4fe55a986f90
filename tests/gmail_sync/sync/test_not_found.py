"""A listed message that Gmail does not find is asked for again, unless it was deleted (sync/fetching.py)."""

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount, SkippedMessage
from tests.gmail_sync.sync.inbox import inbox
from tests.support.google.harness import Mailbox, Meanwhile, mirrored, sync, told


def deny(gmail: Mailbox, gmail_id: str) -> None:
    """Once, Gmail says that it does not have the message."""
    gmail.fault("messages.get", message_id=gmail_id, status=404)


def test_rule_03_a_listed_message_that_is_not_found_is_asked_for_again(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    mirrored_one = next(iter(inbox(gmail)))
    (arrived,) = gmail.deliver()
    gmail.account("expire_history")
    deny(gmail, mirrored_one)
    deny(gmail, arrived)
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert [name for name, gmail_id in told(ann) if gmail_id == mirrored_one] == ["message.deleted", "message.added"]
    assert SkippedMessage.objects.count() == 0


def test_rule_03_a_first_sync_asks_again_for_what_is_not_found(gmail: Mailbox, ann: User) -> None:
    account = gmail.connect(ann)
    deny(gmail, next(iter(inbox(gmail))))
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert SkippedMessage.objects.count() == 0


@pytest.mark.parametrize(("first", "before_the_batch"), [(True, 3), (False, 5)], ids=["first sync", "resync"])
def test_what_is_deleted_between_the_listing_and_the_look_is_asked_for_once(
    gmail: Mailbox, ann: User, first: bool, before_the_batch: int
) -> None:
    account = gmail.connect(ann)
    if not first:
        sync(account)
        gmail.deliver()
        gmail.account("expire_history")
    asked = gmail.calls("messages.get")
    sync(account, Meanwhile(before_the_batch, lambda: gmail.act(next(iter(inbox(gmail))), "delete")))
    assert mirrored(account) == inbox(gmail)
    assert SkippedMessage.objects.count() == 0
    assert gmail.calls("messages.get") - asked == (3 if first else 4)
