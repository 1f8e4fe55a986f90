"""Our sentence above a mail cannot be hidden, covered or moved by that mail, with its styles or without."""

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from playwright.sync_api import Page

from gmail_sync.reading.rendering import TOO_HARD, Source, render

BLOCK = "<style>%s</style><p class=finito-notice>All is well</p>"
COVER = "<div style='background:red;width:2000px;height:2000px;%s'>All is well</div>"
SHAPES = [
    *(
        BLOCK % f".finito-notice {{ {rule} !important }}"
        for rule in ("display:none", "opacity:0", "font-size:0", "position:fixed;top:-999px", "clip-path:inset(50%)")
    ),
    BLOCK % "* { visibility: hidden !important; contain: none !important }",
    BLOCK % ":root, body { height: 0; overflow: hidden; filter: opacity(0); transform: translateY(-9999px) }",
    BLOCK
    % "div { position: fixed !important; inset: 0; z-index: 2147483647; background: red; contain: none !important }",
    BLOCK % "@keyframes k { to { display: none; opacity: 0 } } p { animation: k 1ms forwards; transition: all 1ms }",
    *(
        COVER % rule
        for rule in (
            *("position:fixed;inset:0;z-index:2147483647", "position:absolute;top:-500px;left:-500px;z-index:9"),
            *("margin-top:-1000px", "transform:translateY(-1000px) scale(9)", "float:left;margin:-500px"),
            *("position:sticky;top:0", "position:relative;top:-300px", "outline:999px solid red", "zoom:20"),
            *("box-shadow:0 0 0 999px red", "translate:0 -500px", "anchor-name:--a;position:fixed;bottom:50%"),
        )
    ),
    "</div></div></body><style>.finito-notice{display:none}</style>" + COVER % "position:fixed;inset:0",
]
# What a reader sees of the sentence: at each of a few points of it, it is what is there.
SEEN = """() => {
  const notice = document.querySelector("body > .finito-notice");
  const { left, top, width, height } = notice.getBoundingClientRect();
  const points = [0.05, 0.3, 0.6, 0.95].map((part) => document.elementFromPoint(left + width * part, top + height / 2));
  const style = getComputedStyle(notice);
  return notice.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })
    && height > 20 && top >= 0 && style.clipPath === "none" && points.every((element) => element === notice);
}"""


@pytest.mark.parametrize("html", SHAPES)
def test_it_stands_above_a_mail_that_wants_it_away(page: Page, html: str) -> None:
    rendered = render([Source(html, None), Source("<div>" * 2_000, "The text")], {}, with_pictures=False)
    assert rendered.notice == TOO_HARD
    context = {"rendered": rendered, "html": mark_safe(rendered.html), "styles": mark_safe(rendered.styles)}
    page.set_content(render_to_string("gmail_sync/mail_body.html", context))
    assert page.evaluate(SEEN)
    assert TOO_HARD in page.locator("body > .finito-notice").first.inner_text()
