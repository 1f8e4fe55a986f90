"""Every page does what it should under the content security policy, in Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from finito.edge.browser_policy import content_security_policy
from tests.support.live import Stack
from tests.support.supabase import supabase_at
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database

MAILBOX = "anna@gmail.example"
# A form, a mail's source, or a page with an end of its own; crawled pages are as many as there are kinds of address.
NOT_FOLLOWED = re.compile(r"/logout/|/raw/|\.(css|js|svg)$")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), webs=1) as running:
        running.create_users("anna", operators=True)
        running.sign_in("anna", create=False).connect(MAILBOX, messages=3)
        yield running


@pytest.fixture
def violations() -> list[str]:
    """The browser's reports; empty when all is well."""
    return []


@pytest.fixture
def page(chromium: Browser, stack: Stack, violations: list[str]) -> Iterator[Page]:
    context = chromium.new_context(base_url=stack.url())
    page = context.new_page()
    page.expose_function("tellViolation", lambda text: violations.append(f"{page.url}: {text}"))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " event => tellViolation(`${event.effectiveDirective} ${event.blockedURI}`))"
    )
    page.on("pageerror", lambda error: violations.append(f"{page.url}: {error}"))
    yield page
    context.close()


def sign_in(page: Page, path: str = "/login/") -> None:
    page.goto(path)
    page.locator("[name=username]").fill("anna")
    page.locator("[name=password]").fill("anna")
    page.locator("main [type=submit], #login-form [type=submit]").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def kind_of(path: str) -> str:
    """Addresses that differ by a number or a filter show the same page."""
    return re.sub(r"/\d+/", "/1/", path.partition("?")[0])


def crawl(page: Page, start: str) -> set[str]:
    """Open one address of each kind that can be reached by links; returns their kinds."""
    seen, waiting = {kind_of(start)}, [start]
    while waiting:
        page.goto(waiting.pop(0))
        page.wait_for_load_state("load")
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        for link in links:
            url = urlsplit(urldefrag(link).url)
            fresh = url.netloc == urlsplit(page.url).netloc and not NOT_FOLLOWED.search(url.path)
            if fresh and kind_of(url.path) not in seen:
                seen.add(kind_of(url.path))
                waiting.append(link)
    return seen


def test_it_breaks_no_page_of_ours(page: Page, violations: list[str]) -> None:
    page.goto("/nothing-here/")
    sign_in(page)
    expect(page.locator("[data-connection=live]")).to_be_visible()
    assert {"/", "/accounts/"} <= crawl(page, "/")
    page.goto("/accounts/")
    page.get_by_text("Disconnect", exact=True).click()
    assert violations == []


def test_it_lets_the_form_lead_to_google_and_back(page: Page, violations: list[str], stack: Stack) -> None:
    sign_in(page)
    page.goto("/accounts/")
    page.get_by_role("button", name="Connect a mailbox").click()
    page.wait_for_url(f"{stack.simulator.url}/**")
    page.get_by_label(MAILBOX).check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/accounts/")
    assert violations == []


def test_it_breaks_no_page_of_the_admin(page: Page, violations: list[str]) -> None:
    sign_in(page, "/admin/login/?next=/admin/")
    seen = crawl(page, "/admin/")
    assert {"/admin/auth/user/1/change/", "/admin/gmail_sync/gmailaccount/", "/admin/realtime/storedevent/"} <= seen
    assert len(seen) > 20
    page.goto("/admin/auth/user/")
    page.locator("#action-toggle").check()  # scripts work
    page.locator("select[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("button", name="Yes, I’m sure")).to_be_visible()
    assert violations == []


def test_it_sees_what_the_policy_forbids(page: Page, violations: list[str], tmp_path: Path) -> None:
    page.goto("/login/")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    eventually(lambda: page.evaluate("window.ran") or violations)  # Playwright hands over what has come
    assert page.evaluate("window.ran") is None
    assert ["script-src-elem inline" in violation for violation in violations] == [True]


def test_page_30_it_allows_the_channel_only_where_there_is_one(settings: Settings) -> None:
    assert "connect-src 'self';" in content_security_policy()
    for name, value in supabase_at("https://ref.supabase.co").items():
        setattr(settings, name, value)
    assert "connect-src 'self' wss://ref.supabase.co;" in content_security_policy()
