"""The pages as Django renders them, moved by events that the test sends."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gmail_sync.models import GmailAccount, GmailWatch, Message
from gmail_sync.plain import plain
from realtime import eventlog
from tests.browser.stream_server import StreamServer
from tests.gmail_sync.test_views import connected, mail
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def database_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django takes for an async caller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


class Site:
    """Serves a user's pages as they are at the moment, and tells of changes."""

    def __init__(self, server: StreamServer, client: Client) -> None:
        self.server, self.client = server, client
        self.user = User.objects.create_user("anna")
        client.force_login(self.user)
        server.epoch = eventlog.head(self.user.pk).epoch

    def render(self) -> None:
        for path in ("/", "/messages/", "/accounts/"):
            answer = self.client.get(path).content.decode()
            cursor = str(eventlog.head(self.user.pk))  # the log is the stream server's
            self.server.pages[path] = answer.replace(cursor, self.server.id(len(self.server.log))).encode()

    def tell(self, type_: str, message: Message, **extra: Any) -> None:
        payload = {"account_id": message.account_id, "message": message.as_json(), **extra}
        self.server.append(type_, payload)


@pytest.fixture
def site(server: StreamServer, client: Client) -> Site:
    return Site(server, client)


@pytest.fixture
def account(site: Site) -> GmailAccount:
    return connected(site.user)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def visit(page: Page, site: Site, path: str = "/") -> None:
    site.render()
    page.goto(path)
    expect(page.locator("[data-connection=live]")).to_be_visible()


def unsaved(account: GmailAccount, number: int, *labels: str, **fields: Any) -> Message:
    message = mail(account, number, *labels, **fields)
    message.delete()
    return message


def test_it_shows_new_mail_where_its_date_puts_it(page: Page, site: Site, account: GmailAccount) -> None:
    for number in (1, 5):
        mail(account, number, "INBOX", subject=f"number {number}")
    visit(page, site)
    site.tell("message.added", unsaved(account, 3, "INBOX", "UNREAD", subject="number 3"))
    expect(page.locator(".row-subject")).to_have_text(["number 5", "number 3", "number 1"])
    expect(page.locator(".row.arrived.unread .row-subject")).to_have_text("number 3")
    expect(page).to_have_title("(1) Inbox - Finito")
    expect(page.locator("#announcement")).to_have_text("One new message")


def test_it_shows_html_as_the_text_that_it_is(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    evil = "<img src=x onerror=\"document.title='owned'\">"
    site.tell("message.added", unsaved(account, 1, subject=evil, snippet=evil, sender=f'"{evil[:9]}" <e@example.com>'))
    expect(page.locator(".row-subject")).to_have_text(evil)
    expect(page.locator(".row-snippet")).to_have_text(evil)
    expect(page.locator("#rows img")).to_have_count(0)


def test_it_follows_reading_starring_and_archiving(page: Page, site: Site, account: GmailAccount) -> None:
    message = mail(account, 1, "INBOX", "UNREAD")
    visit(page, site)
    expect(page.locator("#unread")).to_have_text("1 unread")
    message.set_labels(["INBOX", "STARRED"])
    site.tell("message.changed", message, added_label_ids=["STARRED"], removed_label_ids=["UNREAD"])
    expect(page.locator(".row.starred:not(.unread)")).to_have_count(1)
    expect(page).to_have_title("Inbox - Finito")
    message.set_labels(["STARRED"])
    site.tell("message.changed", message, added_label_ids=[], removed_label_ids=["INBOX"])
    expect(page.get_by_text("Nothing in the inbox")).to_be_visible()


def test_it_reads_the_list_again_after_a_resync(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    mail(account, 1, "INBOX", "UNREAD", subject="found by the resync")
    site.server.log.append(("mailbox.counts", "{}"))
    site.render()
    site.server.log.pop()
    site.server.append("mailbox.resynced", {"account_id": account.pk})
    expect(page.locator(".row-subject")).to_have_text("found by the resync")
    expect(page).to_have_title("(1) Inbox - Finito")


def test_rule_09_what_came_between_the_question_and_the_answer_is_kept(
    page: Page, site: Site, account: GmailAccount
) -> None:
    visit(page, site)
    site.server.held.add("/messages/")
    site.server.append("mailbox.resynced", {"account_id": account.pk})
    eventually(lambda: "/messages/" in site.server.page_requests)
    site.tell("message.added", unsaved(account, 7, subject="meanwhile"))
    expect(page.locator(".row-subject")).to_have_text("meanwhile")
    with page.expect_response("**/messages/*"):
        site.server.held.clear()
    expect(page.locator(".row-subject")).to_have_text("meanwhile")


def test_it_asks_for_the_count_that_it_cannot_know(page: Page, site: Site, account: GmailAccount) -> None:
    mail(account, 1, "INBOX", "UNREAD")
    visit(page, site)
    mail(account, 2, "INBOX", "UNREAD")
    site.server.append(
        "message.deleted", {"account_id": account.pk, "message": {"id": "gone", "thread_id": "gone"}}, quiet=True
    )
    site.render()
    site.server.drop()
    expect(page).to_have_title("(2) Inbox - Finito")


def test_it_goes_on_with_older_messages(page: Page, site: Site, account: GmailAccount) -> None:
    for number in range(1, 61):
        mail(account, number)
    visit(page, site)
    expect(page.locator(".row")).to_have_count(50)
    older = site.client.get("/messages/", {"before": site.client.get("/messages/").json()["older"]})
    site.server.pages["/messages/"] = older.content
    page.get_by_role("button", name="Show older messages").click()
    expect(page.locator(".row")).to_have_count(60)
    expect(page.locator("#older")).to_be_hidden()


def test_it_fits_a_phone_whatever_people_write(page: Page, site: Site, account: GmailAccount) -> None:
    for number, text in enumerate(["W" * 400, "👩‍👩‍👧‍👦" * 80, "שלום " * 60, "a@b.example/" * 40], start=1):
        mail(account, number, subject=text, snippet=text, sender=text)
    connected(site.user, f"{'long-' * 30}@example.com", state="reauth_required")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/accounts/"):
        visit(page, site, path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_it_moves_the_first_syncs_progress(page: Page, site: Site) -> None:
    account = connected(site.user, state="syncing", backfill_total=200)
    visit(page, site, "/accounts/")
    status = {"account_id": account.pk, "email": account.email}
    site.server.append("account.status", {**status, "state": "syncing", "done": 120, "total": 200})
    expect(page.get_by_text("120 of 200 messages")).to_be_visible()
    GmailWatch.objects.create(account=account, state="active", expires_at=timezone.now() + timedelta(days=6, hours=1))
    site.render()
    site.server.append("account.status", {**status, "state": "connected"})
    expect(page.locator(".state-words")).to_have_text("Connected")
    expect(page.locator("progress")).to_be_hidden()
    expect(page.locator(".facts")).to_contain_text("On: Google tells us of every change at once; expires in 6 days")


def test_it_offers_to_reconnect_when_google_asks_again(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    payload = {"account_id": account.pk, "email": account.email, "state": "reauth_required"}
    site.server.append("account.status", payload)
    expect(page.get_by_role("link", name="Reconnect")).to_be_visible()


def test_it_forgets_a_mailbox_that_was_disconnected(page: Page, site: Site, account: GmailAccount) -> None:
    mail(account, 1, subject="of that mailbox")
    visit(page, site)
    account.users.clear()
    payload = {"account_id": account.pk, "email": account.email, "state": "disconnected"}
    site.server.append("account.status", payload, quiet=True)
    site.render()
    site.server.drop()
    expect(page.get_by_text("Connect your first mailbox")).to_be_visible()
    expect(page.get_by_text("of that mailbox")).to_have_count(0)


@pytest.mark.parametrize(("path", "where"), [("/", ".row-mailbox"), ("/accounts/", ".card-address")])
def test_it_shows_the_new_address_of_a_mailbox_that_was_renamed(
    page: Page, site: Site, account: GmailAccount, path: str, where: str
) -> None:
    connected(site.user, "other@example.com")
    mail(account, 1)
    visit(page, site, path)
    account.email = "new@example.com"
    account.save()
    site.render()
    site.server.append("account.status", {"account_id": account.pk, "email": account.email, "state": "connected"})
    expect(page.locator(where).filter(has_text="new@example.com").first).to_be_attached()


def test_it_notices_in_the_list_that_a_mailbox_is_gone(page: Page, site: Site, account: GmailAccount) -> None:
    other = connected(site.user, "other@example.com")
    visit(page, site)
    account.users.clear()
    site.server.append("mailbox.resynced", {"account_id": other.pk}, quiet=True)
    site.render()
    site.server.drop()
    expect(page.locator(f"[data-account='{account.pk}']")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_it_leaves_a_card_and_no_mail_when_the_user_is_signed_out(
    page: Page, site: Site, account: GmailAccount, path: str
) -> None:
    mail(account, 1, "INBOX", "UNREAD", subject="a secret", snippet="a secret", sender="a secret <s@example.com>")
    visit(page, site, path)
    site.server.status = 204
    site.server.say("bye", 0, {"reason": "auth"})
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(page.get_by_role("link", name="sign in again")).to_have_attribute("href", f"/login/?next={path}")
    expect(page).to_have_title("Signed out - Finito")
    left = page.content()
    assert not [text for text in ("a secret", account.email, ">anna<") if text in left]
    site.server.pages["/login/"] = b"the login"
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/login/\?next=" + quote(path, safe="")))


def test_it_shows_the_mail_again_when_the_user_has_signed_in_elsewhere(
    page: Page, site: Site, account: GmailAccount
) -> None:
    mail(account, 1, subject="a secret")
    visit(page, site)
    site.server.status = 204
    site.server.say("bye", 0, {"reason": "auth"})
    expect(page.get_by_text("a secret")).to_have_count(0)
    site.server.status = 200
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("a secret")).to_be_visible()


def test_it_hides_the_mail_of_a_page_that_comes_back_until_it_is_known_whose_it_is(
    page: Page, site: Site, account: GmailAccount
) -> None:
    mail(account, 1, subject="a secret")
    visit(page, site)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    hidden = "() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })); return %s; }"
    assert page.evaluate(hidden % "getComputedStyle(document.querySelector('main')).visibility") == "hidden"
    expect(page.get_by_text("a secret")).to_be_visible()


def test_it_says_so_when_older_messages_do_not_come(page: Page, site: Site, account: GmailAccount) -> None:
    for number in range(1, 61):
        mail(account, number)
    visit(page, site)
    older = site.client.get("/messages/", {"before": site.client.get("/messages/").json()["older"]})
    site.server.pages["/messages/"] = older.content
    page.route("**/messages/*", lambda route: route.abort("internetdisconnected"))
    button = page.get_by_role("button", name="Show older messages")
    button.click()
    expect(page.get_by_text("The older messages did not come")).to_be_visible()
    page.unroute("**/messages/*")
    button.click()
    expect(page.locator(".row")).to_have_count(60)
    expect(page.get_by_text("The older messages did not come")).to_be_hidden()


def test_older_is_a_link_without_scripts(chromium: Browser, site: Site, account: GmailAccount) -> None:
    for number in range(1, 61):
        mail(account, number, subject=f"number {number}")
    context = chromium.new_context(base_url=site.server.url, java_script_enabled=False)
    page = context.new_page()
    site.render()
    older = site.client.get("/messages/").json()["older"]
    page.goto("/")
    site.server.pages["/"] = site.client.get("/", {"before": older}).content
    page.get_by_role("link", name="Show older messages").click()
    expect(page.locator(".row")).to_have_count(10)
    assert page.url.endswith(f"/?before={older}")
    expect(page.get_by_role("link", name="Back to the newest messages")).to_have_attribute("href", "/")
    expect(page.get_by_role("link", name="Show older messages")).to_have_count(0)
    context.close()


ODD = ["", " \u00a0", "\u202e\u2066", "\u200b\ufeff", "\u3164", "\u202eexe.gpj\u202c", "\u200fשלום\u200e", "👩‍👩‍👧"]
SHOWN = [""] * 5 + ["exe.gpj", "\u200fשלום\u200e", "👩‍👩‍👧"]


def test_it_shows_what_strangers_wrote_without_what_turns_other_text(
    page: Page, site: Site, account: GmailAccount
) -> None:
    assert [plain(text) for text in ODD] == SHOWN
    for number, text in enumerate(ODD):
        mail(account, number, subject=text, snippet=text, sender=text)
    site.render()
    drawn = "() => ['sender', 'subject', 'snippet'].map(part => [...document.querySelectorAll(`.row-${part}`)].map("
    drawn += "element => element.textContent))"
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/")
    by_server = page.evaluate(drawn)
    assert by_server[0] == [shown or "(no sender)" for shown in reversed(SHOWN)]
    assert by_server[1] == [shown or "(no subject)" for shown in reversed(SHOWN)]
    assert by_server[2] == list(reversed(SHOWN))
    page.unroute("**/*.js")
    visit(page, site)
    assert page.evaluate(drawn) == by_server


def test_a_snippet_from_right_to_left_begins_at_its_beginning(page: Page, site: Site, account: GmailAccount) -> None:
    mail(account, 1, subject="שלום", snippet="ראשון " + "מילה " * 200)
    visit(page, site)
    first_word_ends = """() => {
      const { firstChild: text } = document.querySelector(".row-snippet");
      const range = document.createRange();
      range.setStart(text, 0);
      range.setEnd(text, 5);
      const [word, box] = [range.getBoundingClientRect(), text.parentElement.getBoundingClientRect()];
      return word.left >= box.left && word.right <= box.right + 1;
    }"""
    assert page.evaluate(first_word_ends)
    page.set_viewport_size({"width": 390, "height": 740})
    assert page.evaluate(first_word_ends)
