"""Gmail moves a message into another conversation when it learns what belongs together: so does the mirror."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, events, sync


def moved(gmail: Mailbox, account: GmailAccount, change: str = "star") -> tuple[str, str]:
    """Let an answer move into the conversation of a question; returns the answer and its former conversation."""
    question, answer = gmail.deliver(2, label_ids=["INBOX", "UNREAD"], subject="Two mails")
    sync(account)
    gmail.act(answer, "move", thread_id=question)
    if change == "star":
        gmail.modify(answer, add=["STARRED"])
    elif change == "both":  # the labels are the same in the end
        gmail.modify(answer, add=["STARRED"])
        gmail.modify(answer, remove=["STARRED"])
    return answer, question


@pytest.mark.parametrize("change", ["star", "both"])
def test_it_follows_a_message_into_another_conversation(
    gmail: Mailbox, account: GmailAccount, ann: User, change: str
) -> None:
    answer, question = moved(gmail, account, change)
    sync(account)
    assert account.messages.get(gmail_id=answer).thread_id == question
    name, payload = events(ann)[-1]
    assert (name, payload["message"]["thread_id"]) == ("message.changed", question)
    assert payload["former_thread_id"] == answer


def test_a_message_that_stays_is_told_without_a_former_conversation(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    (gmail_id,) = gmail.deliver(label_ids=["INBOX"])
    sync(account)
    gmail.modify(gmail_id, add=["STARRED"])
    sync(account)
    assert "former_thread_id" not in events(ann)[-1][1]


def test_the_address_of_a_conversation_that_is_now_another_leads_there(
    gmail: Mailbox, account: GmailAccount, reader: Client
) -> None:
    answer, question = moved(gmail, account)
    sync(account)
    address = f"/conversations/{account.pk}/{answer}/"
    assert reader.get(address).headers["Location"] == f"/conversations/{account.pk}/{question}/"
    assert reader.get(address, headers={"Sec-Fetch-Dest": "empty"}).status_code == 404  # the script knows where it is


def test_a_comparison_of_the_mailbox_finds_it_too(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    answer, question = moved(gmail, account, change="")
    gmail.account("expire_history")
    GmailAccount.objects.filter(pk=account.pk).ask_resync()
    account.refresh_from_db()
    sync(account)
    assert account.messages.get(gmail_id=answer).thread_id == question
    told = [payload["message"]["id"] for name, payload in events(ann) if "former_thread_id" in payload]
    assert told == [answer]
