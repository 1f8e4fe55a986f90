"""A phone on its side, a zoom of 400 % and forced colours: most of the window is mail, and nothing is lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live.in_place import Mailbox, live, opened

SHARE = "(pane) => pane.clientHeight / innerHeight"
FITS = "(pane) => pane.scrollWidth <= pane.clientWidth"
# The ground of what is drawn before an element, as the browser paints it
GROUND = "(element) => getComputedStyle(element, '::before').backgroundColor"


@pytest.mark.parametrize(("width", "height"), [(320, 256), (667, 330), (430, 479)])
def test_most_of_a_short_window_is_mail(page: Page, mailbox: Mailbox, width: int, height: int) -> None:
    subject = f"on {width} by {height}"
    mailbox.receive("below", subject)
    page.set_viewport_size({"width": width, "height": height})
    live(page, "/")
    assert page.locator("#listing").evaluate(SHARE) > 0.5
    page.get_by_role("link", name=subject).click()
    opened(page, subject)
    assert page.locator("#reading").evaluate(SHARE) > 0.5
    for pane in (".bar", "#reader", "#reading", "#reader > .tools"):
        assert page.locator(pane).evaluate(FITS), pane
    for seen in (
        ".connection-words",
        "#find",
        *(f"#reader [data-verb={verb}]" for verb in ("back", "archive", "label")),
    ):
        expect(page.locator(seen)).to_be_in_viewport(ratio=1)


def test_forced_colours_show_what_is_unread_open_and_over_the_page(page: Page, mailbox: Mailbox) -> None:
    mailbox.receive("unread", "open")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(forced_colors="active")
    live(page, "/")
    page.get_by_role("link", name="open").click()
    opened(page, "open")
    page.keyboard.press("s")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for shown in (".row.unread", ".row-link[aria-current]"):
        assert page.locator(shown).first.evaluate(GROUND) != ground, shown
    expect(page.locator(".undo")).to_have_css("border-top-style", "solid")
