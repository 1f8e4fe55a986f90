"""A password of one's own: changing it, and choosing a new one by a link."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client

from finito.environment import mail_server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
OLD, NEW = "a-long-password", "another-long-password"


@pytest.fixture
def ann(transactional_db: None) -> User:
    cache.clear()
    return User.objects.create_user("ann", "ann@example.org", OLD)


@pytest.fixture
def mail_server_of_ours(settings: Any) -> None:
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = "smtp://mail.example", "finito@example.org"


def change(client: Client, old: str = OLD, new: str = NEW) -> Any:
    return client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def may_sign_in(password: str) -> bool:
    return Client().post("/login/", {"username": "ann", "password": password}).status_code == 302


def test_it_changes_it_and_ends_all_sessions_but_this_one(client: Client, ann: User) -> None:
    other = Client()
    for browser in (client, other):
        assert browser.post("/login/", {"username": "ann", "password": OLD}).status_code == 302
    assert change(client).headers["Location"] == "/accounts/"
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert may_sign_in(NEW)


@pytest.mark.parametrize(("old", "new"), [("wrong", NEW), (OLD, "short"), (OLD, "password"), (OLD, "")])
def test_it_changes_nothing_otherwise(client: Client, ann: User, old: str, new: str) -> None:
    client.force_login(ann)
    assert 'role="alert"' in change(client, old, new).content.decode()
    ann.refresh_from_db()
    assert ann.check_password(OLD)


def test_it_says_that_who_comes_by_google_has_none(client: Client, ann: User) -> None:
    ann.set_unusable_password()
    ann.save()
    client.force_login(ann)
    assert "You sign in with Google" in client.get("/password/").content.decode()


def ask(email: str = "ann@example.org") -> str:
    return Client().post("/password/reset/", {"email": email}, follow=True).content.decode()


def link() -> str:
    eventually(lambda: mail.outbox)
    (found,) = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    return str(found)


@pytest.mark.usefixtures("mail_server_of_ours")
def test_it_sends_a_link_that_works_once(client: Client, ann: User) -> None:
    session = Client()
    session.force_login(ann)
    assert "Check your mail" in ask()
    address = link()
    form = client.get(address, follow=True)
    fields = {"new_password1": NEW, "new_password2": NEW}
    assert client.post(form.redirect_chain[-1][0], fields).headers["Location"] == "/login/"
    assert may_sign_in(NEW)
    assert session.get("/").status_code == 302
    assert "no longer works" in Client().get(address, follow=True).content.decode()


@pytest.mark.usefixtures("mail_server_of_ours")
def test_it_keeps_the_token_out_of_every_path(client: Client, ann: User) -> None:
    ask()
    address = link()
    token = address.partition("token=")[2]
    for url, _ in client.get(address, follow=True).redirect_chain:
        assert token not in url


@pytest.mark.usefixtures("mail_server_of_ours")
def test_it_answers_alike_whoever_is_asked_for(ann: User) -> None:
    pages = [re.sub(r'value="\w{64}"', "", ask(email)) for email in ("ann@example.org", "nobody@example.org")]
    assert pages[0] == pages[1]
    link()
    ask()
    ask()
    assert len(mail.outbox) == 1  # and not one for each time


def test_it_sends_none_without_a_mail_server_and_says_whom_to_ask(ann: User) -> None:
    assert "Ask your operator" in ask()
    assert mail.outbox == []


@pytest.mark.parametrize("query", ["", "?uid=x", "?uid=MQ&token=x-y", "?uid=%00&token=%00", "?uid=../..&token=/"])
def test_a_link_that_was_cut_off_is_told_so(client: Client, ann: User, query: str) -> None:
    page = client.get(f"/password/link/{query}", follow=True)
    assert (page.status_code in (200, 404), "sessionid" in client.cookies) == (True, False)


@pytest.mark.parametrize("url", ["nonsense", "x://y", "smtp://host:port"])
def test_it_takes_no_address_for_a_mail_server_that_is_none(url: str) -> None:
    assert mail_server(url) == {"EMAIL_URL_READABLE": False}


def test_it_reads_a_mail_server() -> None:
    read = mail_server("smtp+tls://ann%40example.org:secret@mail.example:587")
    assert (read["EMAIL_HOST"], read["EMAIL_HOST_USER"], read["EMAIL_USE_TLS"]) == (
        *("mail.example", "ann@example.org", True),
    )
