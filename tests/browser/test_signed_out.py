"""Whoever is signed out leaves a card and no mail, in every tab, also in one that comes back."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)


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
