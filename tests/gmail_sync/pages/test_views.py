"""A page shows its user what is theirs, safely and at the same cost for any number of mails (views.py)."""

import json
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gmail_sync.models import GmailWatch, Message
from realtime.log import reading
from tests.support.inbox import connected, listing, mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.mark.parametrize("path", ["/", "/messages/", "/accounts/"])
def test_it_sends_a_stranger_to_the_login(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", ["/", "/messages/", "/accounts/"])
def test_it_shows_nothing_of_another_users_mailbox(signed_in: Client, path: str) -> None:
    account = connected(User.objects.create_user("bob"), "bob@example.com")
    mail(account, 1, "INBOX", "UNREAD", subject="for Bob")
    page = signed_in.get(path).content.decode()
    assert "for Bob" not in page
    assert "bob@example.com" not in page
    assert listing(signed_in)["unread"] == 0


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
    assert f'data-cursor="{reading.head(user.pk)}" data-events="/events/"' in page


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
    reading.head(user.pk)
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
