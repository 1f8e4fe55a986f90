"""A page of the release before goes on through a deploy: what it does not know costs a look at the list alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)

OLD_TYPES = ["message.added", "message.changed", "message.deleted", "mailbox.resynced", "mailbox.counts"]
OLD_TYPES += ["account.status"]  # as before acts came


@pytest.fixture
def old_page(page: Page) -> Page:
    """It listens to what its release knew."""
    script = f"export const EVENT_TYPES = {OLD_TYPES!r};"
    page.route(
        re.compile("event-types"),
        lambda route: route.fulfill(body=script, content_type="text/javascript; charset=utf-8"),
    )
    return page


def test_mail_page_23_it_reads_the_list_again_after_events_that_it_does_not_know(
    old_page: Page, site: Site, account: GmailAccount
) -> None:
    mail(account, 1, "INBOX", subject="before")
    visit(old_page, site)
    old_page.evaluate("window.kept = true")
    site.server.append("action.settled", {"account_id": account.pk, "op": "7", "state": "done"})
    site.server.append("something.of.tomorrow", {"account_id": account.pk, "words": ["x"]})
    arrived = mail(account, 2, "INBOX", subject="after the deploy")
    site.render()
    site.tell("message.added", arrived, by={"id": 1, "name": "Ben"}, tomorrow={"more": 1})
    expect(old_page.locator(".row-subject")).to_have_text(["after the deploy", "before"])
    expect(old_page.locator("[data-connection=live]")).to_be_visible()
    assert old_page.evaluate("window.kept")


def test_mail_page_23_it_goes_on_with_the_events_behind_them(old_page: Page, site: Site, account: GmailAccount) -> None:
    first = mail(account, 1, "INBOX", "UNREAD", subject="first")
    visit(old_page, site)
    for number in (2, 3):
        arrived = mail(account, number, "INBOX", subject=f"mail {number}")
        site.render()
        with old_page.expect_response("**/messages/*"):
            site.server.append("mailbox.labels", {"account_id": account.pk, "labels": []})
            site.tell("message.added", arrived)
        expect(old_page.locator(".row")).to_have_count(number)
    first.set_labels(["INBOX"])
    first.save()
    site.render()
    site.tell("message.changed", first, added_label_ids=[], removed_label_ids=["UNREAD"])
    expect(old_page.locator(".row.unread")).to_have_count(0)
    late = unsaved(account, 4, "INBOX", subject="mail 4")
    site.tell("message.added", late)
    expect(old_page.locator(".row").first).to_contain_text("mail 4")


def test_mail_page_23_a_page_of_today_takes_what_a_server_of_yesterday_does_not_say(
    page: Page, site: Site, account: GmailAccount
) -> None:
    """The deploy is rolled back: events without who did it, a list without who shares a mailbox or may act."""
    message = mail(account, 1, "INBOX", "UNREAD", subject="first")
    site.render()
    for path in ("/", "/messages/"):
        text = site.server.pages[path].decode()
        site.server.pages[path] = re.sub(r', "(shared|can_act|late)": (false|true|null)', "", text).encode()
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    message.set_labels(["INBOX", "STARRED"])
    site.tell("message.changed", message, added_label_ids=["STARRED"], removed_label_ids=["UNREAD"])
    expect(page.locator(".row.starred:not(.unread)")).to_have_count(1)
    site.server.append("account.status", {"account_id": account.pk, "email": account.email, "state": "connected"})
    site.tell("message.added", unsaved(account, 2, "INBOX", subject="second"))
    expect(page.locator(".row")).to_have_count(2)
