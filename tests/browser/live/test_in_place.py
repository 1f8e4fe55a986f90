"""Conversations beside the list, before the real web, worker and simulator: opened, read, acted on, and left again."""

import random

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_clean
from tests.browser.live.in_place import FOCUSED, PAST_A_SECOND_MS, Mailbox, acting, click_into, live, opened
from tests.browser.live.profiles import signed_in
from tests.support.live import Stack
from tests.support.waiting import eventually

HIDE_TAB = "Object.defineProperty(document, 'hidden', { get: () => window.looksAway, configurable: true })"
SUBJECTS = ["one", "two", "three", "four"]


@pytest.fixture
def mailbox(stack: Stack, request: pytest.FixtureRequest) -> Mailbox:
    return acting(stack, f"u{abs(hash(request.node.name))}")


def test_mail_page_19_it_opens_beside_the_list_and_the_ways_back_lead_through(page: Page, mailbox: Mailbox) -> None:
    *_, third, _ = mailbox.receive(*SUBJECTS)
    live(page, "/")
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="four").click()
    opened(page, "four")
    page.keyboard.press("j")
    opened(page, "three")
    expect(page).to_have_url(mailbox.address(third))
    expect(page.locator(".row-link[aria-current]")).to_contain_text("three")
    page.go_back()
    expect(page.locator("#reader")).to_have_count(0)
    expect(page.get_by_role("link", name="three")).to_be_focused()
    page.go_forward()
    opened(page, "three")
    page.keyboard.press("u")
    expect(page.locator("#reader")).to_have_count(0)
    page.wait_for_function("() => window.kept && location.pathname === '/'")  # it goes back once that is put away


def test_mail_page_19_a_reload_shows_the_same_and_the_list_beside_it(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("again")
    live(page, "/")
    page.get_by_role("link", name="again").click()
    opened(page, "again")
    page.reload()
    opened(page, "again")
    expect(page.locator(".row")).to_have_count(1)
    page.go_back()
    expect(page.locator("#reader")).to_have_count(0)
    live(page, mailbox.address(thread))
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="again")).to_be_focused()
    expect(page).to_have_url("/")


def test_mail_page_19_it_leads_through_conversations_without_scripts(chromium: Browser, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("plain")
    context = signed_in(chromium, mailbox.user, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="plain").click()
    page.wait_for_url(f"**{mailbox.address(thread)}")
    page.reload()
    expect(page.get_by_role("heading", name="plain")).to_be_visible()
    expect(page.get_by_role("toolbar")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("link", name="plain")).to_be_visible()
    context.close()


def test_it_archives_what_is_open_and_goes_on_to_the_next_older(page: Page, mailbox: Mailbox) -> None:
    *_, newest = mailbox.receive(*SUBJECTS)
    live(page, mailbox.address(newest))
    expect(page.locator(".row")).to_have_count(4)
    page.get_by_role("button", name="Archive").click()
    opened(page, "three")
    expect(page.locator(".undo")).to_contain_text("Archived “four”")
    expect(page.locator(".row")).to_have_count(3)
    eventually(lambda: "INBOX" not in mailbox.labels(newest), 60)
    page.keyboard.press("z")
    expect(page.locator(".row")).to_have_count(4)
    eventually(lambda: "INBOX" in mailbox.labels(newest), 60)


def test_on_a_phone_it_covers_the_list_and_an_act_leads_back_to_it(page: Page, mailbox: Mailbox) -> None:
    *_, newest = mailbox.receive("below", "above")
    page.set_viewport_size({"width": 390, "height": 780})
    live(page, "/")
    page.get_by_role("link", name="above").click()
    opened(page, "above")
    expect(page.get_by_role("link", name="below")).to_be_hidden()
    page.get_by_role("button", name="Trash").click()
    expect(page.locator("#reader")).to_have_count(0)
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".undo")).to_contain_text("Moved “above” to the trash")
    eventually(lambda: "TRASH" in mailbox.labels(newest), 60)
    expect(page).to_have_url("/")


def test_it_marks_read_what_was_shown_for_a_second_and_not_in_a_hidden_tab(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("seen")
    page.add_init_script(f"window.looksAway = true; {HIDE_TAB}")
    live(page, mailbox.address(thread))
    page.wait_for_function("() => document.querySelector('.frame').contentDocument?.body?.textContent.length > 1")
    page.wait_for_timeout(PAST_A_SECOND_MS)
    assert "UNREAD" in mailbox.labels(thread)
    expect(page.locator(".message.unread")).to_have_count(1)
    page.evaluate("window.looksAway = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".message.unread, .row.unread")).to_have_count(0)
    eventually(lambda: "UNREAD" not in mailbox.labels(thread), 60)
    expect(page.locator(".undo")).to_have_count(0)


def test_what_the_reader_marks_unread_stays_so_until_it_is_opened_anew(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("later")
    live(page, mailbox.address(thread))
    expect(page.locator(".message")).to_have_count(1)
    expect(page.locator(".message.unread")).to_have_count(0)
    page.keyboard.press("Shift+U")
    eventually(lambda: "UNREAD" in mailbox.labels(thread), 60)
    page.wait_for_timeout(PAST_A_SECOND_MS)
    expect(page.locator(".message.unread")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.get_by_role("link", name="later")).to_be_focused()
    page.keyboard.press("o")
    opened(page, "later")
    expect(page.locator(".message.unread")).to_have_count(0)


def test_mail_page_08_a_mailbox_that_may_only_be_read_says_so_and_marks_nothing(
    chromium: Browser, stack: Stack
) -> None:
    user = stack.sign_in("onlyread")
    user.connect("onlyread@gmail.example")
    account = user.get("/messages/").json()["accounts"][0]["id"]
    mailbox = Mailbox(stack, user, "onlyread@gmail.example", account)
    (thread,) = mailbox.receive("look")
    context = signed_in(chromium, mailbox.user)
    page = context.new_page()
    live(page, mailbox.address(thread))
    expect(page.get_by_text("You can only read this mailbox here.")).to_be_visible()
    expect(page.get_by_role("toolbar")).to_have_count(0)
    page.wait_for_timeout(PAST_A_SECOND_MS)
    page.keyboard.press("e")
    expect(page.locator(".message.unread")).to_have_count(1)
    assert mailbox.labels(thread) == ["INBOX", "UNREAD"]
    context.close()


def test_mail_page_22_keys_act_after_a_click_into_the_mail(page: Page, mailbox: Mailbox) -> None:
    *_, newest = mailbox.receive("older", "newer")
    live(page, mailbox.address(newest))
    expect(page.locator(".row")).to_have_count(2)
    click_into(page, page.frame_locator(".message:last-child .frame").locator("body"))
    page.keyboard.press("e")
    opened(page, "older")


def test_mail_page_17_the_focus_never_falls_to_the_page(page: Page, mailbox: Mailbox) -> None:
    mailbox.receive(*[f"letter {number}" for number in range(12)])
    chance = random.Random(17)
    live(page, "/")
    page.keyboard.press("j")
    lost = []
    for step in range(60):
        key = chance.choice(["j", "j", "k", "o", "o", "u", "e", "#", "s", "Shift+U", "z", "Escape", "x"])
        page.keyboard.press(key)
        if page.evaluate(f"document.activeElement === document.body || !({FOCUSED})"):
            lost.append((step, key))
        if step % 7 == 0:
            page.wait_for_timeout(200)
    assert lost == []


def test_it_is_printed_whole_and_alone(page: Page, mailbox: Mailbox) -> None:
    (thread,) = mailbox.receive("to print")
    live(page, mailbox.address(thread))
    page.wait_for_function("() => document.querySelector('.frame').contentDocument?.body?.textContent.length > 1")
    page.set_viewport_size({"width": 800, "height": 150})
    page.emulate_media(media="print")
    expect(page.locator(":is(#list, .bar, .message-more):visible")).to_have_count(0)
    bottom = page.locator(".frame").evaluate("frame => frame.getBoundingClientRect().bottom")
    assert page.evaluate("document.documentElement.scrollHeight") >= bottom > 150


def test_the_two_panes_are_clean(page: Page, mailbox: Mailbox, axe: str) -> None:
    *_, newest = mailbox.receive("left", "right")
    live(page, mailbox.address(newest))
    expect(page.locator(".row")).to_have_count(2)
    assert_clean(page, axe)
