"""The conversation's page: from the mirror, with a frame for what is open, and without JavaScript (conversation.py)."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount, Message, PictureSender
from tests.support.inbox import connected, mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.fixture
def user(client: Client) -> User:
    user = User.objects.create_user("anna")
    client.force_login(user)
    return user


@pytest.fixture
def account(user: User) -> GmailAccount:
    return connected(user)


def talk(account: GmailAccount, *unread: int, count: int = 4) -> str:
    for number in range(1, count + 1):
        labels = ["INBOX", *(["UNREAD"] if number in unread else [])]
        mail(account, number, *labels, sender_name="Mira", sender_address="Mira@X.example", subject="A talk")
    Message.objects.update(thread_id="t1")
    return f"/conversations/{account.pk}/t1/"


def opened(page: str) -> list[str]:
    return re.findall(r'data-message="(\w+)"[^>]*>\s*<details class="folded" open', page)


def test_it_opens_what_is_unread_and_the_newest(client: Client, account: GmailAccount) -> None:
    page = client.get(talk(account, 2)).content.decode()
    assert re.findall(r'data-message="(\w+)"', page) == ["m1", "m2", "m3", "m4"]
    assert opened(page) == ["m2", "m4"]
    assert f'src="/messages/{account.pk}/m2/body/"' in page


def test_it_reads_many_open_ones_by_one_call(client: Client, account: GmailAccount) -> None:
    page = client.get(talk(account, 1, 2)).content.decode()
    assert page.count("body/?thread=1") == 3


def test_it_knows_no_conversation_of_others(client: Client, account: GmailAccount) -> None:
    path = talk(account)
    assert client.get(f"/conversations/{account.pk}/nothing/").status_code == 404
    client.force_login(User.objects.create_user("mallory"))
    for what in (path, f"{path}pictures/"):
        assert client.post(what, {"message": "m1"}).status_code in (404, 405)
        assert client.get(what).status_code in (404, 405)
    assert client.get(path).status_code == 404


def test_it_finds_a_message_without_a_thread(client: Client, account: GmailAccount) -> None:
    mail(account, 9, "INBOX")
    Message.objects.update(thread_id="")
    assert f'href="/conversations/{account.pk}/m9/"' in client.get("/").content.decode()
    assert 'data-message="m9"' in client.get(f"/conversations/{account.pk}/m9/").content.decode()


def test_it_leads_to_gmail(client: Client, account: GmailAccount) -> None:
    assert "https://mail.google.com/mail/?authuser=" in client.get(talk(account)).content.decode()


def test_it_shows_pictures_once_or_for_a_sender(client: Client, account: GmailAccount, user: User) -> None:
    path = talk(account)
    assert "images=1" not in client.get(path).content.decode()
    assert client.get(f"{path}?pictures=m4").content.decode().count("m4/body/?images=1") == 1
    assert client.post(f"{path}pictures/", {"message": "m1"}).status_code == 302
    assert client.get(path).content.decode().count("body/?images=1") == 4
    assert PictureSender.objects.get(user=user).address == "mira@x.example"
    client.post(f"{path}pictures/", {"message": "m1", "forget": "1"})
    assert not PictureSender.objects.exists()


def test_it_changes_nothing_by_a_get(client: Client, account: GmailAccount) -> None:
    path = talk(account)
    before = [Message.objects.values_list().get(gmail_id="m4"), PictureSender.objects.count()]
    for query in ("", "?pictures=m4", "?open=m1"):
        client.get(f"{path}{query}")
    assert client.get(f"{path}pictures/").status_code == 405
    assert [Message.objects.values_list().get(gmail_id="m4"), PictureSender.objects.count()] == before


def test_it_escapes_what_others_wrote(client: Client, account: GmailAccount) -> None:
    evil = '"><script>alert(1)</script>'
    mail(account, 1, "INBOX", subject=evil, sender_name=evil, sender_address=evil, recipients=evil, snippet=evil)
    assert "<script>alert" not in client.get(f"/conversations/{account.pk}/t1/").content.decode()


def test_it_asks_as_much_for_a_hundred_messages_as_for_one(
    client: Client, account: GmailAccount, django_assert_max_num_queries: Any
) -> None:
    path = talk(account, count=120)
    client.get(path)
    with django_assert_max_num_queries(8):
        page = client.get(path).content.decode()
    assert page.count("data-message=") == 100
