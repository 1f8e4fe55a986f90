"""The pages as Django renders them, moved by events that the test sends."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, GmailWatch
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import connected, mail
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

# Notes each change of the rows after the page was parsed, but for a date in the reader's own words.
WATCH_THE_ROWS = """document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return;
  window.drawnAgain = [];
  const isDate = ({ target }) => target.closest?.(".row-date") ?? target.parentElement?.closest(".row-date");
  new MutationObserver((changes) => {
    window.drawnAgain.push(...changes.filter((change) => !isDate(change)).map(({ target }) => target.className));
  }).observe(document.getElementById("rows"), { childList: true, characterData: true, subtree: true });
});"""


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


def test_it_keeps_the_rows_that_the_server_drew(page: Page, site: Site, account: GmailAccount) -> None:
    for number in range(1, 61):
        mail(account, number, subject=f"number {number}", snippet="its\ntext", sender="Ann")
    page.add_init_script(WATCH_THE_ROWS)
    visit(page, site)
    expect(page.locator(".row")).to_have_count(50)
    assert page.evaluate("window.drawnAgain") == []


def test_it_draws_a_row_of_the_servers_again_as_it_was(page: Page, site: Site, account: GmailAccount) -> None:
    fields = {"subject": "<b>& \"'", "snippet": " a  b", "sender_name": "Ann"}
    message = mail(account, 1, "INBOX", "STARRED", **fields)
    visit(page, site)
    row = page.locator("#rows")
    drawn = row.inner_html()
    for added, removed in ((["TRASH"], []), ([], ["TRASH"])):
        message.set_labels(["INBOX", "STARRED", *added])
        site.tell("message.changed", message, added_label_ids=added, removed_label_ids=removed)
        expect(page.locator(".row")).to_have_count(0 if added else 1)
    expect(page.locator(".row-link")).to_have_attribute("tabindex", "0")  # it follows with the counts
    assert row.inner_html().split() == drawn.split()


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
