"""Settings of a browser: where one goes on after an act, single keys, and swipes, which are buttons as well."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.acts import Acts, open_acting, open_settings, press
from tests.browser.axe import assert_clean
from tests.browser.site import Site, visit
from tests.browser.stream_server import StreamServer
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)

SUBJECTS = "#rows .row-subject"
RESTS_MS = 700


@pytest.fixture
def mails(account: GmailAccount) -> None:
    for number in range(1, 4):
        mail(account, number, "INBOX", subject=f"number {number}")


def set_(page: Page, name: str, value: str) -> None:
    page.evaluate("([name, value]) => localStorage.setItem(`finito.${name}`, value)", [name, value])


def open_conversations(site: Site, account: GmailAccount) -> None:
    """Let the conversations be fetched."""
    for number in range(1, 4):
        path = f"/conversations/{account.pk}/t{number}/"
        article = site.client.get(path, headers={"Sec-Fetch-Dest": "empty"}).content
        site.server.pages[path] = article.replace(b'data-acts="no"', b'data-acts="yes"')


@pytest.mark.parametrize(
    ("advance", "next_"), [("older", "number 1"), ("newer", "number 3"), ("list", None), (None, "number 1")]
)
def test_one_goes_on_as_one_has_set_it(
    page: Page, site: Site, account: GmailAccount, mails: None, advance: str | None, next_: str | None
) -> None:
    Acts(page)
    open_conversations(site, account)
    open_acting(page, site)
    if advance:
        set_(page, "advance", advance)
    page.get_by_role("link", name="number 2").click()
    expect(page.locator("#subject")).to_have_text("number 2")
    page.keyboard.press("e")
    if next_:
        expect(page.locator("#subject")).to_have_text(next_)
    else:
        expect(page.locator("#reader")).to_have_count(0)
    expect(page.locator(SUBJECTS)).to_have_count(2)


def test_buttons_lead_to_the_neighbours_and_say_where_the_list_ends(
    page: Page, site: Site, account: GmailAccount, mails: None
) -> None:
    open_conversations(site, account)
    open_acting(page, site)
    page.get_by_role("link", name="number 2").click()
    expect(page.locator("#subject")).to_have_text("number 2")
    newer, older = (page.get_by_role("button", name=f"{which} conversation") for which in ("Newer", "Older"))
    expect(newer).to_have_attribute("aria-disabled", "false")
    older.click()
    expect(page.locator("#subject")).to_have_text("number 1")
    expect(older).to_have_attribute("aria-disabled", "true")
    for number in (2, 3):
        newer.click()
        expect(page.locator("#subject")).to_have_text(f"number {number}")
    expect(newer).to_have_attribute("aria-disabled", "true")


def test_what_is_opened_next_is_read_ahead_in_the_direction_that_one_reads(
    page: Page, site: Site, account: GmailAccount, mails: None
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "warm" in request.url else None)
    page.clock.install()
    open_conversations(site, account)
    open_acting(page, site)
    page.get_by_role("link", name="number 3").click()
    expect(page.locator("#subject")).to_have_text("number 3")
    for key, number in [("j", 2), ("j", 1), ("k", 2), ("k", 3)]:
        page.clock.run_for(RESTS_MS)
        page.keyboard.press(key)
        expect(page.locator("#subject")).to_have_text(f"number {number}")
    page.clock.run_for(RESTS_MS)
    assert [url.split("/")[5] for url in asked] == ["m2", "m1", "m3"]


def test_single_keys_can_be_off(page: Page, site: Site, mails: None) -> None:
    acts = Acts(page)
    open_acting(page, site)
    set_(page, "keys", "off")
    press(page, "j", "e", "?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert acts.posted == []


def test_the_dialog_keeps_what_is_set_and_is_clean(page: Page, site: Site, mails: None, axe: str) -> None:
    visit(page, site)
    for _ in range(2):
        open_settings(page)
        page.get_by_label("After archiving or trashing an open conversation").select_option("list")
        assert_clean(page, axe)
        page.keyboard.press("Escape")
        page.reload()
        expect(page.locator("[data-connection=live]")).to_be_visible()
    assert page.evaluate("localStorage.getItem('finito.advance')") == "list"


@pytest.fixture
def phone(chromium: Browser, server: StreamServer) -> Iterator[Page]:
    context: BrowserContext = chromium.new_context(
        base_url=server.url, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True
    )
    context.add_init_script("Math.random = () => 0")
    yield context.new_page()
    context.close()


def swipe(page: Page, pixels: int) -> None:
    """Move a finger over the newest row."""
    box: Any = page.locator("#rows .row").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        moved = {"x": x + pixels * step / 8, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize(("pixels", "add", "words"), [(160, [], "Archived"), (-160, ["TRASH"], "Moved")])
def test_a_swipe_archives_or_trashes_and_can_be_undone(
    phone: Page, site: Site, mails: None, pixels: int, add: list[str], words: str
) -> None:
    acts = Acts(phone)
    open_acting(phone, site)
    swipe(phone, pixels)
    expect(phone.locator(SUBJECTS)).to_have_text(["number 2", "number 1"])
    expect(phone.locator(".undo")).to_contain_text(f"{words} “number 3”")
    assert acts.body(0)["add"] == add
    phone.get_by_role("button", name="Undo").click()
    expect(phone.locator(SUBJECTS)).to_have_count(3)


def test_a_short_one_does_nothing_and_so_does_each_if_so_set(phone: Page, site: Site, mails: None) -> None:
    acts = Acts(phone)
    open_acting(phone, site)
    swipe(phone, 60)
    set_(phone, "swipes", "off")
    swipe(phone, 160)
    expect(phone.locator(SUBJECTS)).to_have_count(3)
    assert acts.posted == []
    assert phone.evaluate("location.pathname") == "/"
