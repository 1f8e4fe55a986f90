"""Keys as people's keyboards send them: of other alphabets, with Caps Lock, held down, and taken by an input method."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.acts import Acts, open_acting, press
from tests.browser.site import Site
from tests.support.inbox import mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

VERB = """async (event) => {
  const { Keys } = await import("/static/gmail_sync/keys.js");
  return new Keys().verb(event) ?? null;
}"""
PRESS = """(events) => events.forEach((event) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...event })))"""
COMPOSING: list[dict[str, Any]] = [{"isComposing": True}, {"keyCode": 229}]


@pytest.mark.parametrize(
    ("event", "verb"),
    [
        ({"key": "у", "code": "KeyE"}, "archive"),  # Cyrillic
        ({"key": "Г", "code": "KeyU", "shiftKey": True}, "unread"),
        ({"key": "№", "code": "Digit3", "shiftKey": True}, "trash"),
        ({"key": "ε", "code": "KeyE"}, "archive"),
        ({"key": "ק", "code": "KeyE"}, "archive"),
        ({"key": "e", "code": "KeyD"}, "archive"),  # Dvorak: the letter tells
        ({"key": "ğ", "code": "KeyE"}, None),  # Turkish F, whose "e" is elsewhere
        ({"key": "€", "code": "KeyE"}, None),
        ({"key": "Dead", "code": "KeyE"}, None),
        ({"key": "Process", "code": "KeyE"}, None),
        ({"key": "U", "code": "KeyU"}, "back"),  # Caps Lock
        ({"key": "u", "code": "KeyU", "shiftKey": True}, "unread"),
        ({"key": "#", "code": "Digit3", "altKey": True}, "trash"),  # Option+3
        ({"key": "e", "code": "KeyE", "altKey": True}, None),
        ({"key": "#", "code": "Digit3", "altKey": True, "ctrlKey": True}, None),
    ],
)
def test_a_key_means_its_letter_on_every_keyboard(tab: Page, event: dict[str, Any], verb: str | None) -> None:
    assert tab.evaluate(VERB, event) == verb


def test_a_key_that_is_held_steps_and_acts_once(page: Page, site: Site, account: GmailAccount) -> None:
    acts = Acts(page)
    for number in range(1, 8):
        mail(account, number, "INBOX", subject=f"number {number}")
    open_acting(page, site)
    for key in "je":
        page.evaluate(PRESS, [{"key": key, "repeat": repeated > 0} for repeated in range(3)])
    expect(page.locator(".row-subject")).to_have_text([f"number {number}" for number in (7, 6, 4, 3, 2, 1)])
    acts.body(0)
    assert len(acts.posted) == 1


@pytest.mark.parametrize("composing", COMPOSING)
def test_an_input_method_has_the_keys_of_the_search(page: Page, site: Site, composing: dict[str, Any]) -> None:
    page.route("**/search/**", lambda route: route.fulfill(json={"messages": [], "accounts": [], "here": True}))
    open_acting(page, site)
    press(page, "/")
    page.keyboard.type("東")
    expect(page.locator("#found")).to_be_visible()
    page.evaluate(PRESS, [{"key": "Escape", **composing}])
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#find")).to_have_value("東")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
