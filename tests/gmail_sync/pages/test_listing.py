"""The list holds the mails of one's own mailboxes, newest first, page after page (views.py, listing.py)."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gmail_sync.models import Message
from gmail_sync.pages import totals
from tests.support.inbox import connected, listing, mail

pytestmark = pytest.mark.django_db(transaction=True)


def ids(answer: dict[str, Any]) -> list[str]:
    return [message["id"] for message in answer["messages"]]


def test_it_lists_the_inbox_newest_first(signed_in: Client, user: User) -> None:
    account = connected(user)
    for number in (1, 3, 2):
        mail(account, number, "INBOX", "UNREAD")
    mail(account, 9, "SENT")
    answer = listing(signed_in)
    assert ids(answer) == ["m3", "m2", "m1"]
    assert (answer["unread"], answer["older"]) == (3, None)
    assert answer["messages"][0]["account_id"] == account.pk


def test_it_shows_a_shared_mailbox_once_to_each_of_its_users(signed_in: Client, user: User) -> None:
    account = connected(user)
    account.users.add(User.objects.create_user("bob"))
    mail(account, 1, "INBOX", "UNREAD")
    assert ids(listing(signed_in)) == ["m1"]
    assert listing(signed_in)["unread"] == 1


def test_it_lists_one_mailbox_on_request(signed_in: Client, user: User) -> None:
    anna, work = connected(user), connected(user, "work@example.com")
    mail(anna, 1, "INBOX", "UNREAD")
    mail(work, 2)
    answer = listing(signed_in, f"?account={anna.pk}")
    assert ids(answer) == ["m1"]
    assert len(answer["accounts"]) == 2
    assert ids(listing(signed_in, f"?account={work.pk}")) == ["m2"]


def test_it_leaves_out_a_mailbox_that_is_joined_while_the_list_is_read(
    signed_in: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = connected(User.objects.create_user("bob"))
    mail(joined)
    count = totals.of_mailboxes

    def join_and_count(*args: Any) -> Any:
        joined.users.add(user)
        return count(*args)

    monkeypatch.setattr(totals, "of_mailboxes", join_and_count)
    assert signed_in.get("/").status_code == 200
    joined.users.remove(user)
    assert ids(listing(signed_in)) == []
    assert ids(listing(signed_in)) == ["m1"]


@pytest.mark.parametrize("account", ["bob's", "999999", "nonsense", "9" * 19, "9" * 40])
def test_it_knows_no_mailbox_of_others(signed_in: Client, account: str) -> None:
    bobs = connected(User.objects.create_user("bob"))
    wanted = str(bobs.pk) if account == "bob's" else account
    assert signed_in.get("/messages/", {"account": wanted}).status_code == 404


def test_it_pages_without_holes_or_repeats_also_among_equal_dates(signed_in: Client, user: User) -> None:
    account = connected(user)
    for number in range(1, 121):
        message = mail(account, number)
        Message.objects.filter(pk=message.pk).update(internal_date=number // 60)
    pages = [listing(signed_in)]
    while pages[-1]["older"]:
        pages.append(listing(signed_in, f"?before={pages[-1]['older']}"))
    assert [len(page["messages"]) for page in pages] == [50, 50, 20]
    assert len({gmail_id for page in pages for gmail_id in ids(page)}) == 120


@pytest.mark.parametrize(
    "before",
    ["x", "1", "1-", "-1", "--1-2", "1--2", "1-2-3", "²-1", "-²-1", "9" * 19 + "-1", "1-" + "9" * 19, "9" * 40 + "-1"],
)
def test_it_refuses_a_position_that_it_never_gave(signed_in: Client, before: str) -> None:
    assert signed_in.get("/messages/", {"before": before}).status_code == 400


def test_rule_09_the_cursor_is_read_before_the_list_and_the_head_after_it(signed_in: Client, user: User) -> None:
    mail(connected(user))
    listing(signed_in)
    with CaptureQueriesContext(connection) as queries:
        listing(signed_in)
    tables = [re.findall(r'FROM "?(realtime_eventstream|gmail_sync_\w+)', query["sql"])[:1] for query in queries]
    order = [table for found in tables for table in found]
    assert "gmail_sync_message" in order
    assert [at for at, table in enumerate(order) if table == "realtime_eventstream"] == [0, len(order) - 1]
