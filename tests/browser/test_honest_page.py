"""Numbers, ends and delays: the page says no more than is true."""

import pytest
from playwright.sync_api import Browser, Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import connected, mail

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_it_shows_gmails_own_unread_number(page: Page, site: Site, account: GmailAccount) -> None:
    GmailAccount.objects.filter(pk=account.pk).update(backfill_total=500)
    message = mail(account, 1, "INBOX", "UNREAD")
    visit(page, site)
    expect(page.locator("#unread")).to_have_text("1+ unread")
    expect(page.get_by_role("link", name="Older mail is in Gmail")).to_be_visible()
    counts = {"account_id": account.pk, "label_id": "INBOX", "messages_unread": 556, "messages_total": 812}
    site.server.append("mailbox.counts", counts)
    expect(page).to_have_title("(556) Inbox - Finito")
    message.set_labels(["INBOX"])
    site.tell("message.changed", message, added_label_ids=[], removed_label_ids=["UNREAD"])
    expect(page.locator("#unread")).to_have_text("555 unread")
    site.server.append("mailbox.counts", counts)
    expect(page).to_have_title("(556) Inbox - Finito")


def test_the_rail_tells_the_unread_mail_of_every_mailbox_also_beside_one(
    page: Page, site: Site, account: GmailAccount
) -> None:
    team = connected(site.user, "team@example.com")
    for number in range(1, 6):
        mail(account if number < 3 else team, number, "INBOX", "UNREAD")
    page.set_viewport_size({"width": 1500, "height": 800})
    site.render()
    site.server.pages["/"] = site.client.get("/", {"account": account.pk}).content
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    counts = page.locator("#views .rail-count:visible > span:first-child")
    expect(counts).to_have_text(["5", "2", "3", "2"])
    site.server.append("mailbox.counts", {"account_id": team.pk, "label_id": "INBOX", "messages_unread": 9})
    site.tell("message.added", unsaved(account, 9, "INBOX", "UNREAD"))
    expect(counts).to_have_text(["12", "3", "9", "3"])


def test_it_says_that_older_mail_is_in_gmail_at_the_end_of_the_list_only(
    page: Page, site: Site, account: GmailAccount
) -> None:
    GmailAccount.objects.filter(pk=account.pk).update(inbox_unread=0, inbox_total=99)
    for number in range(1, 61):
        mail(account, number)
    visit(page, site)
    line = page.get_by_role("link", name="Older mail is in Gmail")
    expect(line).to_be_hidden()
    older = site.client.get("/messages/", {"before": site.client.get("/messages/").json()["older"]})
    site.server.pages["/messages/"] = older.content
    page.get_by_role("button", name="Show older messages").click()
    expect(line).to_have_attribute("href", "https://mail.google.com/mail/?authuser=anna%40example.com#inbox")


def test_it_says_what_is_late_and_that_it_is_no_longer(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    words = page.locator(".connection-words")
    expect(words).to_have_text("Live")
    late = {"account_id": account.pk, "reason": "gmail", "since": "2026-11-22T10:00:00Z"}
    site.server.say("late", len(site.server.log), {"late": [late]})
    expect(words).to_contain_text("anna@ was not read since")
    expect(page.get_by_text("Gmail does not answer")).to_be_visible()
    site.server.say("late", len(site.server.log), {"late": []})
    expect(words).to_have_text("Live")
    expect(page.get_by_text("Gmail does not answer")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_a_mailbox_that_failed_when_the_page_was_made_is_late_until_the_server_says_otherwise(
    page: Page, site: Site, account: GmailAccount, path: str
) -> None:
    GmailAccount.objects.filter(pk=account.pk).update(failures=3, last_error="GmailUnavailable: 503")
    visit(page, site, path)
    expect(page.get_by_text("Not read: Gmail does not answer").first).to_be_visible()
    if path == "/":
        expect(page.locator(".connection-words")).to_have_text("Live")  # which it does by saying nothing
