"""A frame is as tall as its mail, whatever styles that has, and comes to rest (mail-frame.js, mail_body.html)."""

from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from playwright.sync_api import Page

from gmail_sync.reading.rendering import Source, render
from tests.browser.stream_server import StreamServer

LINES = "<p>line</p>" * 40  # some 1,400 pixels
HOLDER = b"""<!doctype html><div><iframe class=frame src=/mail height=160 style="width: 900px; border: 0"
sandbox="allow-same-origin"></iframe></div><script type="module">
import { follow } from "/static/gmail_sync/mail-frame.js";
const frame = document.querySelector("iframe");
window.heights = [];
new MutationObserver(() => heights.push(Number(frame.height))).observe(frame, { attributeFilter: ["height"] });
follow(frame, () => { window.shown = true; });
</script>"""
# After this many frames without another height it rests.
RESTS = """() => new Promise((done) => {
  let known = -1, still = 0;
  const look = () => {
    still = heights.length === known ? still + 1 : 0;
    known = heights.length;
    if (still < 30) return requestAnimationFrame(look);
    const { contentDocument: { documentElement: root }, clientHeight } = document.querySelector("iframe");
    done([clientHeight, root.scrollHeight]);
  };
  look();
})"""


def shown(page: Page, server: StreamServer, html: str) -> tuple[int, int]:
    """Return the heights of the frame and of its mail, once the frame rests."""
    rendered = render([Source(html, None)], {}, False)
    safe = {"html": mark_safe(rendered.html), "styles": mark_safe(rendered.styles)}
    server.pages |= {
        "/holder": HOLDER,
        "/mail": render_to_string("gmail_sync/mail_body.html", {"rendered": rendered, **safe}).encode(),
    }
    page.goto("/holder")
    page.wait_for_function("() => window.shown && heights.length")
    frame, mail = page.evaluate(RESTS)
    return frame, mail


@pytest.mark.parametrize(
    "html",
    [
        LINES,
        "<style>html, body { height: 100% !important; margin: 0 auto !important }</style>",
        "<style>html { height: 100%; overflow: hidden }</style>",
        "<style>* { height: 100% }</style>",
        "<style>html body { max-height: 90px !important; overflow: hidden !important }</style>",
        "<style>body { position: absolute; float: left }</style>",
        "<style>html, body { display: flex; min-height: 100vh }</style>",
        "<style>:root { display: none; contain: size; writing-mode: vertical-rl }</style>",
        "<style>@layer x { html { height: 100% !important } }</style>",
        '<body style="height: 100vh">',
        '<div style="position: absolute; top: 0; width: 400px">',
        '<div style="min-height: 100vh; padding: 20px">',
    ],
)
def test_a_frame_is_as_tall_as_its_mail(page: Page, server: StreamServer, html: str) -> None:
    frame, mail = shown(page, server, html if html == LINES else f"{html}{LINES}")
    assert 1_200 < mail < 3_000
    assert abs(frame - mail) <= 1


@pytest.mark.parametrize(
    "html", ['<div style="min-height: 100vh; padding: 20px">x', '<table style="height:100vh"><td>x']
)
def test_a_mail_that_asks_for_a_window_grows_no_further(page: Page, server: StreamServer, html: str) -> None:
    frame, mail = shown(page, server, html)
    assert (700 < frame < 800, frame) == (True, mail)


@pytest.mark.parametrize(
    "styles",
    [
        "@media (prefers-color-scheme: dark) { p { color: #fff !important } }",
        "html { color-scheme: dark !important } p { color: light-dark(#111, #fff) !important }",
    ],
)
def test_a_mail_for_dark_windows_can_be_read_on_its_white_sheet(page: Page, server: StreamServer, styles: str) -> None:
    page.emulate_media(color_scheme="dark")
    shown(page, server, f'<meta name="color-scheme" content="light dark"><style>{styles}</style>{LINES}')
    letters = page.frame_locator("iframe").locator("p").first
    assert letters.evaluate("(p) => getComputedStyle(p).color") in ("rgb(17, 17, 17)", "rgb(23, 23, 28)")
    ground = letters.evaluate("(p) => getComputedStyle(p.ownerDocument.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    "html",
    [
        "<style>@media (min-height: 600px) { .x { display: none } }</style><div class=x>",
        "<style>@keyframes k { to { height: 900px } } .x { animation: k .05s infinite alternate }</style><div class=x>",
    ],
)
def test_a_mail_that_moves_for_ever_moves_the_page_a_few_times(page: Page, server: StreamServer, html: str) -> None:
    shown(page, server, html + LINES)
    heights = page.evaluate("heights")
    assert sum(later < earlier for earlier, later in pairwise(heights)) <= 20
