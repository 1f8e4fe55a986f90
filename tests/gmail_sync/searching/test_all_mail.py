"""All mail by Gmail's own language: what it costs, what stays in the mirror, and that no event is lost by it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gmail_sync.gmail.api import Gmail
from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading.access import opened
from gmail_sync.searching import keeping
from tests.gmail_sync.searching.conftest import Search, ids
from tests.support.google.harness import Mailbox, claim, events, mirrored, sync, told

ARCHIVED: dict[str, Any] = {"label_ids": ["Label_1"], "subject": "The lease"}
IDLE_UNITS = 5


@pytest.fixture
def old(gmail: Mailbox, account: GmailAccount) -> list[str]:
    """Three archived mails that the mirror lacks, newest first."""
    ids = gmail.deliver(3, **ARCHIVED)
    sync(account)
    Message.objects.filter(gmail_id__in=ids).delete()
    return ids[::-1]


def units(gmail: Mailbox) -> float:
    """Count what the test has cost."""
    return float(sum(gmail.simulator.meter()["units_by_mailbox"].get(gmail.email, {}).values()))


def test_it_pays_for_a_message_once(search: Search, gmail: Mailbox, old: list[str]) -> None:
    costs = []
    for _ in range(2):
        before = units(gmail)
        answer = search("subject:lease")
        costs.append(units(gmail) - before)
        assert sorted(ids(answer)) == sorted(old)
        assert {(row["in_inbox"], row["kept"]) for row in answer["messages"]} == {(False, True)}
        assert [one["state"] for one in answer["accounts"]] == ["ok"]
    assert costs == [IDLE_UNITS + 3 * 20, IDLE_UNITS]


def test_it_tells_nobody_and_touches_no_inbox(search: Search, account: GmailAccount, old: list[str]) -> None:
    user = account.users.get()
    inbox, before = list(Message.objects.inbox().values_list("gmail_id", flat=True)), events(user)
    counts = GmailAccount.objects.values_list("inbox_unread", "inbox_total").get()
    search("lease")
    assert mirrored(account).keys() == {*inbox, *old}
    assert list(Message.objects.inbox().values_list("gmail_id", flat=True)) == inbox
    assert (events(user), GmailAccount.objects.values_list("inbox_unread", "inbox_total").get()) == (before, counts)


def test_what_it_brought_stays_true(search: Search, gmail: Mailbox, account: GmailAccount, old: list[str]) -> None:
    search("lease")
    gmail.modify(old[0], add=["STARRED"])
    gmail.act(old[1], "delete")
    gmail.modify(old[2], add=["INBOX"])
    sync(account)
    assert mirrored(account)[old[0]] == ["Label_1", "STARRED"]
    assert old[1] not in mirrored(account)
    assert Message.objects.inbox().filter(gmail_id=old[2]).exists()


@pytest.mark.parametrize("labels", [["INBOX", "UNREAD"], ["Label_1"]])
def test_it_takes_no_event_away(search: Search, gmail: Mailbox, account: GmailAccount, labels: list[str]) -> None:
    (new,) = gmail.deliver(label_ids=labels, subject="The lease")
    answer = search("lease")
    assert (ids(answer), answer["messages"][0]["kept"]) == ([new], False)
    sync(account)
    assert told(account.users.get()) == [("message.added", new)]


def test_it_adds_nothing_under_a_worker(search: Search, account: GmailAccount, old: list[str]) -> None:
    claim(account)
    assert {row["kept"] for row in search("lease")["messages"]} == {False}
    assert not mirrored(account).keys() & set(old)


def test_it_adds_nothing_behind_a_cursor_that_moved(account: GmailAccount, gmail: Mailbox, old: list[str]) -> None:
    before = GmailAccount.objects.get()
    gmail.modify(old[0], add=["STARRED"])
    sync(account)
    headers = headers_of(account, old[0])
    assert keeping.keep(before, [headers]) == set()
    assert keeping.keep(account, [headers]) == {old[0]}


def test_it_keeps_so_many_and_forgets_the_longest_unseen(
    search: Search, account: GmailAccount, old: list[str], monkeypatch: Any
) -> None:
    search("lease")
    Message.objects.filter(gmail_id=old[2]).update(looked_at=timezone.now() + timedelta(hours=1))
    Message.objects.filter(gmail_id=old[0]).delete()
    monkeypatch.setattr(keeping, "MOST_ROWS", 2)
    search("lease")
    sought = set(Message.objects.sought().values_list("gmail_id", flat=True))
    assert (len(sought), old[1] in sought or old[2] in sought) == (2, True)
    assert Message.objects.inbox().count() == 3


def test_a_resync_does_not_pay_for_it(search: Search, account: GmailAccount, gmail: Mailbox, old: list[str]) -> None:
    search("lease")
    gmail.deliver(label_ids=["INBOX"])
    gmail.account("expire_history")
    sync(account)
    assert not mirrored(account).keys() & set(old)


def test_it_stops_at_the_readers_budget_and_says_when_to_go_on(search: Search, gmail: Mailbox, old: list[str]) -> None:
    GmailAccount.objects.update(reads_spent=[[int(timezone.now().timestamp()), 1_190]])
    answer = search("lease")
    (told,) = answer["accounts"]
    assert (ids(answer), told["state"], 0 < told["retry_after"] <= 61) == ([], "throttled", True)
    assert gmail.calls("messages.list") == 2  # of the first sync, and of this
    GmailAccount.objects.update(reads_spent=[])
    assert len(ids(search("lease", after=answer["after"]))) == 3


def test_it_pages_through_what_gmail_finds(search: Search, gmail: Mailbox, account: GmailAccount) -> None:
    found = gmail.deliver(23, **ARCHIVED)
    sync(account)
    first = search("lease")
    second = search("lease", after=first["after"])
    assert (len(ids(first)), len(ids(second)), second["after"]) == (20, 3, None)
    assert {*ids(first), *ids(second)} == set(found)


@pytest.mark.parametrize(
    ("change", "state"), [("revoke", "reauth_required"), ("disappear", "reauth_required"), ("", "away")]
)
def test_it_answers_for_those_who_do(
    search: Search, gmail: Mailbox, account: GmailAccount, ann: User, old: list[str], change: str, state: str
) -> None:
    other = gmail.another(f"other.{gmail.email}")
    second = other.connect(ann)
    (found,) = other.deliver(subject="The lease", label_ids=["INBOX"])
    sync(second)
    if change:
        gmail.account(change)
    else:
        gmail.fault("messages.list", status=503, email=gmail.email)
    answer = search("lease")
    states = {one["id"]: one["state"] for one in answer["accounts"]}
    assert states[second.pk] == "ok"
    assert states[account.pk] in {state, "away"}
    assert found in ids(answer)


def test_it_is_for_members_alone(client: Client, reader: Client, account: GmailAccount) -> None:
    client.force_login(User.objects.create_user("mallory"))
    assert client.get("/search/", {"q": "mail", "account": str(account.pk)}).status_code == 404
    assert client.get("/search/", {"q": "mail"}).json()["messages"] == []
    assert client.get("/search/", {"q": "mail", "after": f"{account.pk}:"}).json()["accounts"] == []
    client.logout()
    assert client.get("/search/", {"q": "mail"}).status_code == 302


def headers_of(account: GmailAccount, gmail_id: str) -> Any:
    """Ask Gmail for one message."""

    with opened(Gmail, account) as gmail:
        fetched, _ = gmail.headers([gmail_id])
    return fetched[gmail_id]
