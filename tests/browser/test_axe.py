"""axe-core finds nothing on any page, wide and narrow, light and dark."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.acts import press
from tests.browser.axe import assert_clean
from tests.browser.site import Site
from tests.support.inbox import connected, mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("axe")]

ERRORS = ["400", "403", "403_csrf", "404", "429", "500", "503"]
FAILING: dict[str, Any] = {"failures": 3, "last_error": "GmailUnavailable: 503"}


@pytest.fixture
def full(site: Site, account: GmailAccount) -> Site:
    for number in range(1, 61):
        mail(account, number, "INBOX", *["UNREAD", "STARRED"][: number % 3], subject="" if number % 7 else "שלום")
    connected(site.user, "team@example.com", **FAILING)
    connected(site.user, "sales@example.com", state="reauth_required")
    connected(site.user, "new@example.com", state="syncing")
    site.render()
    return site


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_a_page_is_clean(page: Page, full: Site, axe: str, path: str) -> None:
    page.goto(path)
    expect(page.locator("[data-connection=live]")).to_be_visible()
    assert_clean(page, axe)


def test_the_list_with_acts_ticks_and_notices_is_clean(page: Page, full: Site, axe: str) -> None:
    page.route("**/actions/**", lambda route: route.fulfill(status=422, json={"reason": "label"}))
    full.server.pages["/"] = full.server.pages["/"].replace(b'"can_act": false', b'"can_act": true')
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    press(page, "j", "e", "j", "x")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#chosen")).to_be_visible()
    assert_clean(page, axe)
    page.keyboard.press("?")
    assert_clean(page, axe)


@pytest.mark.parametrize("path", ["/", "/accounts/"])
def test_a_page_without_mail_is_clean(page: Page, site: Site, axe: str, path: str) -> None:
    site.render()
    page.goto(path)
    expect(page.locator("[data-connection=live]")).to_be_visible()
    assert_clean(page, axe)


def test_the_card_of_who_is_signed_out_is_clean(page: Page, full: Site, axe: str) -> None:
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    full.server.status = 204
    full.server.say("bye", 0, {"reason": "auth"})
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert_clean(page, axe)


def test_the_login_is_clean(page: Page, site: Site, axe: str) -> None:
    site.client.logout()
    site.server.pages["/login/"] = site.client.post("/login/", {"username": "anna", "password": "wrong"}).content
    page.goto("/login/")
    assert_clean(page, axe)


@pytest.mark.parametrize("path", ["/password/", "/password/reset/", "/password/reset/sent/"])
def test_the_pages_of_passwords_are_clean(page: Page, site: Site, axe: str, path: str) -> None:
    site.server.pages[path] = site.client.get(path).content
    page.goto(path)
    assert_clean(page, axe)


def test_a_consent_that_failed_is_clean(page: Page, site: Site, axe: str) -> None:
    site.server.pages["/failed"] = site.client.get("/accounts/callback/?error=access_denied").content
    page.goto("/failed")
    assert_clean(page, axe)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_clean(page: Page, site: Site, axe: str, name: str) -> None:
    request = RequestFactory().get("/")
    request.user = site.user
    site.server.pages["/error"] = render_to_string(f"{name}.html", request=request).encode()
    page.goto("/error")
    assert_clean(page, axe)
