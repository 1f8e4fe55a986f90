"""What the mirror knows, while somebody types: no call to Gmail, whatever is typed (here.py)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount
from gmail_sync.searching import here
from tests.gmail_sync.searching.conftest import Search, ids
from tests.support.inbox import connected, mail

HOSTILE = [
    "%",
    "_",
    "\\",
    "'",
    '"',
    "a' OR 1=1 --",
    "\u202eesael",
    "\ud7ff",
    "a" * 500,
    "%" * 400,
    "(((",
    "from:",
    "-",
    "\0",
]


@pytest.fixture
def account(transactional_db: None, ann: User) -> GmailAccount:
    """A mailbox that no Gmail is behind."""
    return connected(ann)


def test_it_finds_by_parts_of_words(search: Search, account: GmailAccount) -> None:
    lease = mail(account, 901, "INBOX", subject="The Lease, 100%", sender="Mira <mira@rent.example>")
    archived = mail(account, 902, "Label_1", subject="An old lease")
    assert ids(search("leas", here="1")) == [archived.gmail_id, lease.gmail_id]
    assert ids(search("from:mira lease", here="1")) == [lease.gmail_id]
    assert ids(search("lease -from:mira", here="1")) == [archived.gmail_id]
    assert ids(search("lease in:inbox", here="1")) == [lease.gmail_id]


def test_it_takes_what_is_typed_for_text(reader: Client, search: Search, account: GmailAccount) -> None:
    percent = mail(account, 901, subject="100%")
    mail(account, 902, subject="lease")
    assert ids(search("%", here="1")) == [percent.gmail_id]
    for text in HOSTILE[1:]:
        answer = reader.get("/search/", {"q": text, "here": "1"})
        assert (answer.status_code, answer.json()["messages"]) == (200, []), text


@pytest.mark.parametrize("more", [{"q": ""}, {"q": " "}, {"q": "x" * 10_000}, {"q": "mail", "after": "1:a b"}])
@pytest.mark.parametrize("place", ["x", "1", "1:a,", "1:" + "a" * 300])
def test_it_refuses_what_it_cannot_ask(reader: Client, more: dict[str, Any], place: str) -> None:
    assert reader.get("/search/", more).status_code == 400
    assert reader.get("/search/", {"q": "mail", "after": place}).status_code == 400


def test_it_is_for_members_alone(reader: Client, account: GmailAccount) -> None:
    mail(account, 901, subject="lease")
    reader.force_login(User.objects.create_user("mallory"))
    assert reader.get("/search/", {"q": "lease", "here": "1", "account": str(account.pk)}).status_code == 404
    assert reader.get("/search/", {"q": "lease", "here": "1"}).json()["messages"] == []


def test_it_looks_at_the_newest_alone(search: Search, account: GmailAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "LOOKED_AT", 2)
    found = [mail(account, 900 + number, "Label_1", subject="The lease").gmail_id for number in range(3)]
    assert ids(search("lease", here="1")) == found[:0:-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lease", ["live"]),
        ("lease in:trash", ["TRASH"]),
        ("lease IN:spam", ["SPAM"]),
        ("lease in:anywhere", ["SPAM", "TRASH", "live"]),
        ("lease is:starred", ["live"]),
        ("-is:starred lease in:anywhere", ["SPAM", "TRASH"]),
        ("larger:1M", []),
    ],
)
def test_it_finds_where_gmail_will_so_that_nothing_found_vanishes(
    search: Search, account: GmailAccount, query: str, found: list[str]
) -> None:
    lies = {mail(account, 901, "INBOX", "STARRED", subject="The lease").gmail_id: "live"}
    for number, label in enumerate(("TRASH", "SPAM"), 902):
        lies[mail(account, number, label, subject="The lease").gmail_id] = label
    assert sorted(lies[gmail_id] for gmail_id in ids(search(query, here="1"))) == found
