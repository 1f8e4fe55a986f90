"""A way in for ordinary users: Google says who they are, SIGN_IN_ALLOWED whether they may, and `sub` who they were."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.encoding import iri_to_uri

from gmail_sync.consent import sign_in
from gmail_sync.consent.google import Identity
from gmail_sync.models import GmailAccount
from gmail_sync.models.people import GoogleIdentity
from tests.support.google.consent_page import consented
from tests.support.google.harness import Mailbox

CALLBACK = "/accounts/callback/"


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.SIGN_IN_ALLOWED = ["gmail.example", "ann@elsewhere.example"]


def press(browser: Client, **fields: Any) -> str:
    answer = browser.post("/login/google/", fields)
    assert answer.status_code == 302, answer.content
    return str(answer.headers["Location"])


def sign_in_as(gmail: Mailbox, browser: Client | None = None, **fields: Any) -> Any:
    """The whole way; returns the answer of the callback."""
    browser = browser or Client()
    return browser.get(CALLBACK, consented(press(browser, **fields), gmail.email))


def user_of(gmail: Mailbox) -> User:
    return User.objects.get(email=gmail.email)


def signed_in(browser: Client) -> str:
    """The signed-in user's key; empty for a stranger."""
    return str(browser.session.get("_auth_user_id", ""))


@pytest.mark.django_db(transaction=True)
class TestSigningIn:
    def test_it_asks_google_who_it_is_and_no_more(self, client: Client, gmail: Mailbox) -> None:
        query = parse_qs(urlsplit(press(client)).query)
        assert (query["scope"], query["prompt"]) == (["openid email"], ["select_account"])
        assert query["redirect_uri"] == ["http://testserver/accounts/callback/"]
        assert query["access_type"] == ["online"]

    def test_it_makes_a_user_who_is_no_operator(self, client: Client, gmail: Mailbox) -> None:
        answer = sign_in_as(gmail, client)
        user = user_of(gmail)
        assert (answer.status_code, answer.headers["Location"], signed_in(client)) == (302, "/", str(user.pk))
        assert (user.username, user.is_staff, user.is_superuser, user.has_usable_password()) == (
            *(gmail.email, False, False, False),
        )
        assert client.get("/").status_code == 200
        assert client.get("/admin/").status_code == 302

    def test_it_knows_them_again_by_sub_whatever_their_address(self, gmail: Mailbox) -> None:
        sign_in_as(gmail)
        renamed = gmail.rename(f"renamed.{gmail.email}")
        assert sign_in_as(renamed).status_code == 302
        assert User.objects.count() == 1

    def test_it_makes_another_user_of_another_account_at_the_same_address(self, gmail: Mailbox) -> None:
        sign_in_as(gmail)
        former = user_of(gmail)
        gmail.rename(f"renamed.{gmail.email}")
        browser = Client()
        sign_in_as(gmail.another(gmail.email), browser)
        assert signed_in(browser) != str(former.pk)
        assert User.objects.filter(username__startswith=gmail.email).count() == 2

    @pytest.mark.parametrize("change", ["gone", "not verified", "not allowed any more", "renamed away"])
    def test_it_refuses_who_may_no_longer(self, gmail: Mailbox, settings: Any, change: str) -> None:
        sign_in_as(gmail)
        if change == "gone":
            User.objects.update(is_active=False)
        elif change == "not verified":
            gmail.simulator.change_account(gmail.email, "verify", verified=False)
        elif change == "not allowed any more":
            settings.SIGN_IN_ALLOWED = ["other.example"]
        else:
            gmail = gmail.rename(f"{gmail.email}.evil.example")
        browser = Client()
        answer = sign_in_as(gmail, browser)
        assert (answer.status_code, signed_in(browser)) == (400, "")
        assert "You are not signed in" in answer.content.decode()

    def test_it_attaches_to_nobody_by_name_or_address(self, gmail: Mailbox) -> None:
        root = User.objects.create_superuser(gmail.email.upper(), gmail.email)
        browser = Client()
        sign_in_as(gmail, browser)
        assert signed_in(browser) not in ("", str(root.pk))
        assert not User.objects.get(pk=signed_in(browser)).is_superuser

    def test_it_starts_anew_after_a_user_was_deleted(self, gmail: Mailbox) -> None:
        sign_in_as(gmail)
        user_of(gmail).delete()
        assert sign_in_as(gmail).status_code == 302
        GoogleIdentity.objects.update(user_id=10**6)  # as the release before leaves it behind
        assert sign_in_as(gmail).status_code == 302

    def test_two_first_sign_ins_at_once_are_one_user(self, gmail: Mailbox) -> None:
        with ThreadPoolExecutor(4) as tabs:
            identity = Identity("1", gmail.email, True)
            users = {user.pk for user in tabs.map(lambda _: sign_in.user_of(identity), range(4))}
        assert (len(users), User.objects.count()) == (1, 1)

    def test_it_gives_a_new_session(self, client: Client, gmail: Mailbox) -> None:
        session = client.session
        session.save()
        client.cookies["sessionid"] = fixed = str(session.session_key)
        sign_in_as(gmail, client)
        assert client.cookies["sessionid"].value != fixed

    def test_a_stranger_at_the_callback_comes_in_only_by_a_sign_in_of_theirs(
        self, client: Client, gmail: Mailbox
    ) -> None:
        back = consented(press(Client()), gmail.email)
        answer = client.get(CALLBACK, back)
        assert answer.headers["Location"].startswith("/login/?next=/accounts/callback/")
        assert User.objects.count() == 0

    def test_it_takes_an_answer_once(self, client: Client, gmail: Mailbox) -> None:
        back = consented(press(client), gmail.email)
        assert client.get(CALLBACK, back).status_code == 302
        assert client.get(CALLBACK, back).status_code == 400

    @pytest.mark.parametrize("target", ["foo", "foo/", "accounts", "?q=x", "#x", "..", "a\0b", "\u00e9", "a" * 900])
    def test_it_leads_to_any_place_of_ours_that_was_asked_for(
        self, client: Client, gmail: Mailbox, target: str
    ) -> None:
        answer = sign_in_as(gmail, client, next=target)
        assert (answer.status_code, answer.headers["Location"]) == (302, iri_to_uri(target))

    def test_it_connects_the_mailbox_if_they_wish(self, client: Client, gmail: Mailbox) -> None:
        sign_in_as(gmail, client, mail="1")
        assert list(GmailAccount.objects.get(email=gmail.email).users.all()) == [user_of(gmail)]
        assert client.get("/accounts/").status_code == 200

    def test_a_mailbox_that_cannot_be_read_keeps_nobody_out(self, client: Client, gmail: Mailbox) -> None:
        url = press(client, mail="1")
        answer = client.get(CALLBACK, consented(url, gmail.email, ticks="1"), follow=True)
        assert "You are signed in, but your mailbox is not connected." in answer.content.decode()
        assert (signed_in(client), GmailAccount.objects.count()) == (str(user_of(gmail).pk), 0)

    def test_a_sign_in_changes_nothing_of_a_connected_mailbox(self, gmail: Mailbox, account: GmailAccount) -> None:
        before = str(GmailAccount.objects.values())
        sign_in_as(gmail)
        assert str(GmailAccount.objects.values()) == before
        assert [user.username for user in account.users.all()] == ["ann"]

    @pytest.mark.parametrize(
        ("target", "end"),
        [
            ("/accounts/?x=1", "/accounts/?x=1"),
            *((evil, "/") for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1")),
            ("/" + "x" * 2_000, "/"),
            ("", "/"),
        ],
    )
    def test_it_leads_to_pages_of_ours_only(self, client: Client, gmail: Mailbox, target: str, end: str) -> None:
        assert sign_in_as(gmail, client, next=target).headers["Location"] == end

    def test_it_stores_nothing_for_a_stranger_who_only_asks(self, client: Client, gmail: Mailbox) -> None:
        press(client)
        assert "sessionid" not in client.cookies

    @pytest.mark.parametrize("missing", ["SIGN_IN_ALLOWED", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"])
    def test_it_is_not_there_unless_it_is_configured(self, client: Client, settings: Any, missing: str) -> None:
        assert "Sign in with Google" in client.get("/login/").content.decode()
        setattr(settings, missing, [] if missing == "SIGN_IN_ALLOWED" else "")
        assert client.post("/login/google/").status_code == 404
        assert "Sign in with Google" not in client.get("/login/").content.decode()

    def test_it_needs_the_csrf_token_and_a_post(self, client: Client) -> None:
        assert Client(enforce_csrf_checks=True).post("/login/google/").status_code == 403
        assert client.get("/login/google/").status_code == 405

    def test_it_says_no_where_google_says_no(self, client: Client, gmail: Mailbox) -> None:
        answer = client.get(CALLBACK, consented(press(client), gmail.email, decision="deny"))
        assert (answer.status_code, signed_in(client)) == (400, "")
