"""The pages of a user and the lists behind them (views.py)."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from gmail_sync.models import GmailWatch, Message
from gmail_sync.pages import totals
from realtime.log import eventlog
from tests.support.inbox import connected, listing, mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def user() -> User:
    return User.objects.create_user("anna")


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def ids(answer: dict[str, Any]) -> list[str]:
    return [message["id"] for message in answer["messages"]]


@pytest.mark.parametrize("path", ["/", "/messages/", "/accounts/"])
def test_it_sends_a_stranger_to_the_login(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/login/?next={path}"


def test_it_lists_the_inbox_newest_first(signed_in: Client, user: User) -> None:
    account = connected(user)
    for number in (1, 3, 2):
        mail(account, number, "INBOX", "UNREAD")
    mail(account, 9, "SENT")
    answer = listing(signed_in)
    assert ids(answer) == ["m3", "m2", "m1"]
    assert (answer["unread"], answer["older"]) == (3, None)
    assert answer["messages"][0]["account_id"] == account.pk


@pytest.mark.parametrize("path", ["/", "/messages/", "/accounts/"])
def test_it_shows_nothing_of_another_users_mailbox(signed_in: Client, path: str) -> None:
    account = connected(User.objects.create_user("bob"), "bob@example.com")
    mail(account, 1, "INBOX", "UNREAD", subject="for Bob")
    page = signed_in.get(path).content.decode()
    assert "for Bob" not in page
    assert "bob@example.com" not in page
    assert listing(signed_in)["unread"] == 0


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
    tables = [re.findall(r'FROM "(realtime_eventstream|gmail_sync_\w+)"', query["sql"])[:1] for query in queries]
    order = [table for found in tables for table in found]
    assert "gmail_sync_message" in order
    assert [at for at, table in enumerate(order) if table == "realtime_eventstream"] == [0, len(order) - 1]


def test_it_puts_the_cursor_and_the_list_into_the_page(signed_in: Client, user: User) -> None:
    account = connected(user)
    mail(account, 1, "INBOX", "UNREAD", subject="sent in one copy")
    page, answer = signed_in.get("/").content.decode(), listing(signed_in)
    embedded = re.search(r'<script id="first-listing" type="application/json">(.*?)</script>', page)
    assert embedded
    assert [message["subject"] for message in answer.pop("messages")] == ["sent in one copy"]
    assert json.loads(embedded[1]) == answer
    assert page.count("sent in one copy") == 1
    assert f'data-key="{account.pk}:m1" data-thread="t1" data-date="1" data-labels="INBOX UNREAD"' in page
    assert f'data-cursor="{eventlog.head(user.pk)}" data-events="/events/"' in page


@pytest.mark.parametrize("date", [0, -1, 2**63 - 1])
def test_it_survives_a_date_that_no_calendar_has(signed_in: Client, user: User, date: int) -> None:
    mail(connected(user), subject="odd")
    Message.objects.update(internal_date=date)
    assert "odd" in signed_in.get("/").content.decode()


def test_it_escapes_what_others_wrote(signed_in: Client, user: User) -> None:
    mail(connected(user), subject="</script><script>alert(1)</script>", snippet="<b>", sender='"<i>" <x@example.com>')
    page = signed_in.get("/").content.decode()
    assert "alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<b></span>" not in page
    assert "<i>" not in page


def test_it_asks_as_much_for_fifty_messages_as_for_one(
    signed_in: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("a", "b", "c"):
        account = connected(user, f"{name}@example.com")
        GmailWatch.objects.create(account=account)
        for number in range(20):
            mail(account, number)
    eventlog.head(user.pk)
    for path, most in (("/", 8), ("/messages/", 8), ("/accounts/", 5)):
        with django_assert_max_num_queries(most):
            signed_in.get(path)


def test_it_keeps_pages_out_of_caches(signed_in: Client) -> None:
    assert "no-store" in signed_in.get("/").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("connected", "Connected"), ("syncing", "for the first time"), ("reauth_required", "your consent again")],
)
def test_it_says_how_a_mailbox_is_doing(signed_in: Client, user: User, state: str, words: str) -> None:
    connected(user, state=state)
    page = signed_in.get("/accounts/").content.decode()
    card = page.split("<article")[1].split("</article>")[0]
    assert f'data-state="{state}"' in card
    assert words in card
    assert "Not set up yet" in card


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_it_tells_a_newcomer_what_to_do(signed_in: Client, path: str) -> None:
    page = signed_in.get(path).content.decode()
    assert 'action="/accounts/connect/"' in page
    assert "Connect Gmail" in page


@pytest.mark.parametrize("path", ["/", "/accounts/", "/login/"])
def test_it_needs_neither_inline_scripts_nor_styles(client: Client, user: User, path: str) -> None:
    connected(user)
    if path != "/login/":
        client.force_login(user)
    page = client.get(path).content.decode()
    scripts = re.findall(r"<script([^>]*)>", page)
    assert all("src=" in attributes or "application/json" in attributes for attributes in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://(?!mail\.google\.com/mail/)", page)
