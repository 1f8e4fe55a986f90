"""Acts that are refused: the row is back, the reason is said, and each can be tried again."""

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, Message
from tests.browser.acts import FOCUSED, Acts, open_acting, press, settle
from tests.browser.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_puts_a_refused_row_back_with_the_reason_and_leaves_the_focus(
    page: Page, site: Site, account: GmailAccount, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    page.keyboard.press("j")
    page.keyboard.press("#")
    expect(page.locator(".row")).to_have_count(4)
    settle(site, account, acts.body(0)["op"], "refused", reason="read_only")
    expect(page.locator(".row-subject").first).to_have_text("number 5")
    expect(page.locator(".row-place").first).to_have_text("Not moved")
    expect(page.locator(".undo")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("“number 5” was not moved. This mailbox may only be read here.")
    assert page.evaluate(FOCUSED) == "number 4"


def test_a_refused_undo_says_what_was_not_done_and_can_be_taken_again(
    page: Page, site: Site, account: GmailAccount, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    press(page, *"jez")
    act, alert = acts.body(0)["op"], page.get_by_role("alert")
    settle(site, account, act, "done")
    settle(site, account, acts.body(1)["op"], "refused", reason="gmail")
    expect(alert).to_contain_text("“number 5” was not moved. Gmail could not be reached in time.")
    page.get_by_role("button", name="Try again").click()
    settle(site, account, acts.body(2)["op"], "refused", reason="gmail")
    expect(alert).to_have_count(1)
    press(page, *"js")
    star = acts.body(3)["op"]
    press(page, "z")  # the latest act first
    acts.body(4)
    press(page, "z")
    acts.body(5)
    assert [address for address, _ in acts.posted if address] == [f"{op}/undo/" for op in (act, act, star, act)]
    page.keyboard.press("z")
    expect(page.locator("#announcement")).to_have_text("Nothing to undo")


def test_acts_that_are_refused_alike_are_said_together(
    page: Page, site: Site, account: GmailAccount, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    press(page, *"jeee#")
    for number in range(4):
        settle(site, account, acts.body(number)["op"], "refused", reason="gmail")
    titles, dismiss = page.get_by_role("alert").locator("b"), page.get_by_label("Dismiss")
    expect(titles).to_have_text(["“number 2” was not moved.", "3 conversations were not archived."])
    page.get_by_role("button", name="Try again").last.click()
    expect(page.locator(".row-subject")).to_have_text(["number 2", "number 1"])
    settle(site, account, acts.body(4)["op"], "refused", reason="gmail")
    expect(titles).to_have_count(2)
    dismiss.first.focus()
    settle(site, account, acts.body(5)["op"], "refused", reason="gmail")
    expect(titles.first).to_have_text("2 conversations were not archived.")
    expect(dismiss.first).to_be_focused()
    dismiss.first.click()
    settle(site, account, acts.body(6)["op"], "refused", reason="gmail")
    expect(titles.first).to_contain_text("” was not archived.")
