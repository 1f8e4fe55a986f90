"""A conversation that is open when another member takes it away stays open, says so, and can be brought back."""

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.acts import Acts, open_acting
from tests.browser.site import Site
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_open_stays_so_when_somebody_takes_it_and_goes_back_on_a_press(
    page: Page, site: Site, account: GmailAccount
) -> None:
    acts, message = Acts(page), mail(account, 4, "INBOX", "UNREAD", subject="number 4")
    path = f"/conversations/{account.pk}/t4/"

    def serve() -> None:
        article = site.client.get(path, headers={"Sec-Fetch-Dest": "empty"}).content
        site.server.pages[path] = article.replace(b'data-acts="no"', b'data-acts="yes"')

    serve()
    open_acting(page, site)
    page.get_by_role("link", name="number 4").click()
    expect(page.locator("#subject")).to_have_text("number 4")
    message.set_labels(["UNREAD"])
    message.save()
    serve()
    by = {"by": {"id": 0, "name": "Ben <b>"}, "op": "7"}
    site.tell("message.changed", message, added_label_ids=[], removed_label_ids=["INBOX"], **by)
    expect(page.locator("#taken")).to_contain_text("Ben <b> archived this. It stays open here until you leave it.")
    expect(page.locator("#subject")).to_be_focused()
    page.get_by_role("button", name="Move back to the inbox").click()
    expect(page.locator("#taken")).to_be_hidden()
    assert (acts.body(0)["add"], acts.body(0)["remove"]) == (["INBOX"], ["TRASH", "SPAM"])
    expect(page.get_by_role("toolbar").get_by_role("button", name="Archive")).to_be_visible()
