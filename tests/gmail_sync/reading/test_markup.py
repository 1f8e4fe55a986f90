"""The looks that real mail has: style blocks for some readers only, a body's own colours (markup.py, clean.py)."""

import pytest

from gmail_sync.reading.clean import clean
from gmail_sync.reading.markup import MOST_STYLES, steady, styles_of, without_comments
from gmail_sync.reading.text import stripped
from tests.support.costs import cost_ratio

HIDING = ".here { display: none }"
WORD = f"<!--[if gte mso 9]><xml>96{'<w:LsdException/>' * 376}</xml><style>{HIDING}</style><![endif]-->"


@pytest.mark.parametrize(
    "html",
    [
        f"<!--[if mso]><style>{HIDING}</style><![endif]-->",
        f"<!-- a --><!--[if mso]><!-- b --><p>c</p><!--\n<style>{HIDING}</style>--!>",
        f"<!--<style>{HIDING}</style>",
        f'<style type="text/less">{HIDING}</style>',
        f"<title><style>{HIDING}</style></title>",
    ],
)
def test_it_takes_no_styles_that_a_browser_would_not(html: str) -> None:
    assert HIDING not in clean(f"{html}<p class=here>x</p>", {}).styles


@pytest.mark.parametrize(
    ("html", "styles"),
    [
        ("<style><!-- p{} --></style>", "<style> p{} </style>"),
        ("<!--[if !mso]><!--><style>p{}</style><!--<![endif]-->", "<style>p{}</style>"),
        ("<!--><style>p{}</style>", "<style>p{}</style>"),
        ('<STYLE TYPE="text/css" MEDIA=print>p{}</STYLE>', '<style media="print">p{}</style>'),
        ("<style media='(max-width: 480px)'>p{}</style>", '<style media="(max-width: 480px)">p{}</style>'),
        ("<style>p{<!-- a --></style><style>q{}</style>", "<style>p{ a </style><style>q{}</style>"),
        ("<style media='\"&gt;&lt;b'>p{}</style>", '<style media="&quot;&gt;&lt;b">p{}</style>'),
    ],
)  # fmt: skip
def test_each_style_block_stands_for_itself(html: str, styles: str) -> None:
    assert clean(f"{html}<p>x</p>", {}).styles == styles


@pytest.mark.parametrize(
    ("html", "div"),
    [
        ('<body bgcolor="#111" text=white>', '<div style="background-color:#111;color:white">'),
        ("<body bgcolor=112233>", '<div style="background-color:#112233">'),
        ("<html dir=rtl lang=he><body class='a b'>", '<div class="a b" dir="rtl">'),
        ("<html dir=rtl><body dir=ltr>", '<div dir="ltr">'),
        ("<body style='background:#000; color:#fff' onload=alert(1)>", '<div style="background:#000;color:#fff">'),
        ('<!--[if mso]><body class="mso"><![endif]--><body class="web">', '<div class="web">'),
        ('<body bgcolor="red;position:fixed" data-style="x">', ""),
        ("<body>", ""),
    ],
)
def test_the_body_keeps_its_look(html: str, div: str) -> None:
    cleaned = clean(f"{html}<p>x</p></body></html>", {}).html.replace("; ", ";")
    assert cleaned == (f"{div}<p>x</p></div>" if div else "<p>x</p>")


@pytest.mark.parametrize(
    "html",
    [
        '<P STYLE="FONT: 10pt Arial; COLOR: #000">', '<p style="margin:0;\ncolor:#000">', '<p style="\tcolor:#000">',
        '<p style="/**/color:#000">', '<p style="-webkit-text-fill-color:#000">', "<FONT COLOR=black>",
        '<td bgcolor="white">', '<p style="background-image:none">', "<style>p{}</style>", "<body text=black>",
    ],
)  # fmt: skip
def test_it_sees_each_way_to_bring_colours(html: str) -> None:
    assert clean(f"<table><tr>{html}x" if "td" in html else f"{html}x", {}).coloured
    assert not clean("<p style='margin:0' align=left>The colour: red</p>", {}).coloured


def test_three_word_documents_in_a_mail_are_not_deep() -> None:
    html = f"<p>x</p>{WORD}" * 3
    assert clean(html, {}).html == "<p>x</p>" * 3
    assert stripped(html, 10_000).split() == ["x", "x", "x"]


@pytest.mark.parametrize(
    ("sheet", "fixed"),
    [
        ("min-height:100vh", "min-height:700px"),
        ("height: calc(100DVH - 2.5vh)", "height: calc(700px - 17.5px)"),
        ("margin:-.5svh 1vmax", "margin:-3.5px 7px"),
        (".h-100vh{width:50vw}", ".h-100vh{width:50vw}"),
        ("url(https://x.example/100vh.png) url(a/2vhs)", "url(https://x.example/100vh.png) url(a/2vhs)"),
    ],
)
def test_shares_of_the_windows_height_are_fixed(sheet: str, fixed: str) -> None:
    assert steady(sheet) == fixed
    assert fixed in clean(f"<style>{sheet}</style>", {}).styles
    assert clean('<p style="min-height:100vh">x</p>', {}).html == '<p style="min-height:700px">x</p>'


@pytest.mark.parametrize(
    ("html", "styles"),
    [
        ("<style>@media (prefers-color-scheme: DARK) {p{}}</style>", "<style>@media (max-width:0px) {p{}}</style>"),
        (
            "<style>@media not (Prefers-Color-Scheme:light){p{}}</style>",
            "<style>@media not (min-width:0px){p{}}</style>",
        ),
        ("<style media='(prefers-color-scheme: dark)'>p{}</style>", '<style media="(max-width:0px)">p{}</style>'),
        ("<style>.prefers-dark{}</style>", "<style>.prefers-dark{}</style>"),
    ],
)
def test_styles_are_those_of_a_light_window(html: str, styles: str) -> None:
    assert clean(html, {}).styles == styles


@pytest.mark.parametrize(
    "kind",
    ["<!--", "<!-->", "<style>", "<style ", "<title>", "<body ", "<body x", "<p ", "-->", "<style></style>", "</"],
)
def test_it_costs_no_more_than_its_length(kind: str) -> None:
    small, large = kind * 1_000, kind * 16_000

    def read(html: str) -> None:
        said = without_comments(html)
        assert styles_of(said).count("<style") <= MOST_STYLES

    assert cost_ratio(lambda: read(large), lambda: read(small)) < 64
