"""messages.list with `q`, through Google's own client: the part of Gmail's search language that is played."""

from base64 import urlsafe_b64encode
from email.message import EmailMessage

import pytest

from tests.simulator.harness import MailboxClient

LEASE = {"subject": "The lease, and who signs", "from": "Mira Okafor <mira@rent.example>", "text": "Harbour Street 14"}
OTHER = {"subject": "Lunch", "from": "Tom <tom@x.example>", "text": "A lease of life"}


def found(mailbox: MailboxClient, query: str, **what: bool) -> list[str]:
    """Return the ids that the query finds, newest first."""
    answer = mailbox.users.messages().list(userId="me", q=query, **what).execute()
    return [message["id"] for message in answer.get("messages", [])]


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("lease", ["other", "lease"]),
        ("LEASE", ["other", "lease"]),
        ("leas", []),
        ('"harbour street"', ["lease"]),
        ('"street harbour"', []),
        ("from:mira", ["lease"]),
        ("from:mira@rent.example", ["lease"]),
        ("to:mira", []),
        ("subject:lease", ["lease"]),
        ("lease -subject:lunch", ["lease"]),
        ("subject:lunch OR from:mira", ["other", "lease"]),
        ("is:unread", ["lease"]),
        ("is:read", ["other"]),
        ("is:starred OR label:receipts", ["other"]),
        ("label:family-friends", []),
        ("in:inbox", ["lease"]),
        ("after:1700000000 before:1700000200", ["other", "lease"]),
        ("after:1700000050", ["other"]),
        ("before:2023/11/14", []),
        ("after:2023-11-14 before:2023/11/15", ["other", "lease"]),
        ("older_than:1y", ["other", "lease"]),
        ("newer_than:1d", []),
        ("has:attachment", []),
    ],
)
def test_it_finds_by_gmails_language(mailbox: MailboxClient, query: str, finds: list[str]) -> None:
    (lease,) = mailbox.add(**LEASE, label_ids=["INBOX", "UNREAD"], internal_date=1_700_000_000_000)
    (other,) = mailbox.add(**OTHER, label_ids=["Label_1"], internal_date=1_700_000_100_000)
    names = {lease: "lease", other: "other"}  # the mailbox has other mail, too
    assert [names[gmail_id] for gmail_id in found(mailbox, query) if gmail_id in names] == finds


def test_it_finds_attachments(mailbox: MailboxClient) -> None:
    mail = EmailMessage()
    mail["Subject"] = "With a file"
    mail.set_content("plain")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    mailbox.add(**OTHER)
    (with_file,) = mailbox.add(raw=urlsafe_b64encode(mail.as_bytes()).decode())
    assert found(mailbox, "has:attachment") == [with_file]


@pytest.mark.parametrize("query", ["larger:1M", "after:never", "before:2023/99/99", "older_than:99999y", "from:"])
def test_it_finds_nothing_by_what_it_does_not_know(mailbox: MailboxClient, query: str) -> None:
    mailbox.add(**{**OTHER, "subject": "A parcel from after larger"})
    assert found(mailbox, query) == []


def test_it_finds_spam_and_trash_only_when_asked(mailbox: MailboxClient) -> None:
    (trashed,) = mailbox.add(**LEASE, label_ids=["TRASH"])
    assert found(mailbox, "in:trash lease") == []
    assert found(mailbox, "in:trash lease", includeSpamTrash=True) == [trashed]


def test_it_pages_through_what_it_finds(mailbox: MailboxClient) -> None:
    ids = [mailbox.add(**LEASE)[0] for _ in range(3)]
    mailbox.add(**OTHER)
    messages = mailbox.users.messages()
    request = messages.list(userId="me", q="harbour", maxResults=2)
    first = request.execute()
    second = messages.list_next(request, first).execute()
    assert [m["id"] for m in first["messages"] + second["messages"]] == ids[::-1]
