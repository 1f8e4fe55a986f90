"""Mail that keeps INBOX in the trash or in spam is not in the inbox."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gmail_sync.models import GmailAccount, Message
from tests.support.google.harness import Mailbox, sync
from tests.support.inbox import listing

LABELS = st.sets(st.sampled_from(["INBOX", "TRASH", "SPAM", "UNREAD", "STARRED", "Label_1"]))


@given(LABELS)
def test_a_message_is_in_the_inbox_by_its_labels_alone(labels: set[str]) -> None:
    message = Message()
    message.set_labels(labels)
    assert message.in_inbox == ("INBOX" in labels and not labels & {"TRASH", "SPAM"})
    assert message.is_unread == ("UNREAD" in labels)


@pytest.mark.parametrize("label", ["TRASH", "SPAM"])
def test_mail_page_10_trashed_mail_that_keeps_inbox_is_not_listed(
    gmail: Mailbox, account: GmailAccount, ann: User, client: Client, label: str
) -> None:
    client.force_login(ann)
    gone, *others = [message["id"] for message in gmail.state["messages"]]
    gmail.modify(gone, add=[label])
    sync(account)
    assert {message["id"] for message in listing(client)["messages"]} == set(others)
