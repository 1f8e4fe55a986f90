"""What is left of strangers' HTML (clean.py, links.py, quotes.py, text.py)."""

import pytest

from gmail_sync.reading.clean import LARGEST, TooHard, clean
from gmail_sync.reading.text import as_html, stripped, unflowed

OURS = {"a@b": "https://finito.example/messages/7/m1/parts/1/?inline=1"}


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
        "<svg onload=alert(1)></svg>", "<math><mtext><img src=x onerror=alert(1)></math>", "<iframe srcdoc='<script>'>",
        "<form action=https://t.example><input name=x></form>", "<meta http-equiv=refresh content='0;url=//t.example'>",
        "<base href=https://t.example>", "<link rel=stylesheet href=https://t.example>",
        "<object data=https://t.example>",
        "<img src='data:image/svg+xml,<svg onload=alert(1)>'>", "<img name=documentElement>", "<p id=contentDocument>",
        "<img srcset='https://t.example 2x'>", "<table background=https://t.example>",
        "<video poster=https://t.example>",
        "<img src='//t.example/x.png'>", "<a href='/logout/'>x</a>", "<img src='/accounts/'>",
        "<a href='data:text/html,x'>",
        "<style></style><script>alert(1)</script>", "<template><script>alert(1)</script></template>",
    ],
)  # fmt: skip
def test_it_leaves_nothing_that_runs_or_asks(html: str) -> None:
    cleaned = clean(f"<p>Hi</p>{html}", OURS).html
    assert "<p>Hi</p>" in cleaned
    for word in ("alert", "t.example", "srcdoc", "onerror", "<form", "data:", " id=", " name=", 'href="/', 'src="'):
        assert word not in cleaned, word


def test_it_maps_the_mails_own_pictures_to_its_parts() -> None:
    cleaned = clean('<img src="cid:a@b"><img src="CID:a%40b"><img src="cid:other">', OURS)
    assert cleaned.html.count(f'src="{OURS["a@b"]}"') == 2
    assert "cid:" not in cleaned.html
    assert cleaned.pictures == 0


def test_it_tells_whom_pictures_ask_and_drops_those_that_only_count() -> None:
    html = '<img src="https://a.example/1.png"><img src="http://bücher.example/2.png">'
    html += '<img src="https://c.example/" width="1" height=1><img src="HTTPS://d.example/" width=1 height=1>'
    held, shown = clean(html, {}), clean(html, {}, with_pictures=True)
    assert (held.pictures, held.hosts) == (2, ("a.example", "xn--bcher-kva.example"))
    assert "src=" not in held.html
    assert 'src="https://a.example/1.png"' in shown.html
    assert "c.example" not in shown.html
    assert "d.example" not in shown.html


@pytest.mark.parametrize(
    "html",
    [
        "<p style='background: url(https://b.example/1.png)'>", "<p style=\"background:URL( 'https://b.example' )\">",
        '<p style="background:url(&quot;//B.example/1.png&quot;)">', "<style>p{background:url(http://b.example)}</style>",
    ],
)  # fmt: skip
def test_it_tells_whom_the_pictures_of_styles_ask(html: str) -> None:
    cleaned = clean(f'{html}x<img src="https://a.example">url(https://c.example/)', {})
    assert (cleaned.pictures, sorted(cleaned.hosts)) == (2, ["a.example", "b.example"])
    assert clean("<p style='background:url(cid:a) url(data:x) url(https://)'>x", {}).hosts == ()


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("http://a.example/1.png?from=http://b.example", "https://a.example/1.png?from=http://b.example"),
        ("HTTP://a.example:80", "https://a.example"),
        ("http://a.example:8080/1.png", "http://a.example:8080/1.png"),
        ("https://a.example:80/", "https://a.example:80/"),
    ],
)
def test_it_asks_for_pictures_by_https_since_no_other_is_let_in(source: str, asked: str) -> None:
    assert f'src="{asked}"' in clean(f'<img src="{source}">', {}, with_pictures=True).html


@pytest.mark.parametrize(
    ("href", "words", "told"),
    [
        ("https://evil.example/", "www.bank.example", "www.bank.example [evil.example]"),
        ("https://evil.example/", "https://bank.example/login", "https://bank.example/login [evil.example]"),
        ("https://xn--bcher-kva.example/", "bücher.example", "bücher.example"),
        ("https://www.bank.example/a", "bank.example", "bank.example"),
        ("https://login.bank.example/", "bank.example", "bank.example"),
        ("https://evil.example/", "Press here", "Press here"),
    ],
)
def test_it_gives_away_a_link_that_lies(href: str, words: str, told: str) -> None:
    cleaned = clean(f'<a href="{href}" title="x" target="_top">{words}</a>', {}).html
    assert f">{told}</a>" in cleaned
    assert f'title="{href}"' in cleaned
    assert 'target="_blank"' in cleaned
    assert 'rel="noopener noreferrer nofollow"' in cleaned


def test_it_takes_style_blocks_along_so_that_nothing_ends_them() -> None:
    cleaned = clean("<style>p { color: red } </sty<b></style><p>x</p>", {})
    assert "color: red" in cleaned.styles
    assert "<" not in cleaned.styles.removeprefix("<style>").removesuffix("</style>")
    assert cleaned.coloured


def test_it_folds_a_quote_that_ends_the_mail() -> None:
    quote = '<div class="gmail_quote"><blockquote>before</blockquote></div>'
    assert "<details>" in clean(f"<p>Yes</p>{quote}<br>", {}).html
    assert "<details>" not in clean(f"<p>Yes</p>{quote}<p>and more</p>", {}).html
    assert "<details>" not in clean(quote, {}).html


@pytest.mark.parametrize(
    "inside",
    [
        "On Tuesday Ann wrote:<blockquote>One?</blockquote><div>My answer</div><blockquote>Two?</blockquote>",
        "On Tuesday Ann wrote:<blockquote>One?</blockquote><p>My answer</p>",
        "---------- Forwarded message ---------<br>From: Ann<br><p>The point of it</p>",
    ],
)
def test_it_folds_neither_answers_between_quotes_nor_what_was_forwarded(inside: str) -> None:
    html = f'<p>See below</p><div class="gmail_quote gmail_quote_container">{inside}</div>'
    assert "<details>" not in clean(html, {}).html


def test_it_folds_a_quote_of_quotes() -> None:
    quote = "<blockquote>Yes<div class=gmail_quote>On<blockquote>No</blockquote></div></blockquote>"
    html = f'<p>Well</p><div class="gmail_quote"><div class="gmail_attr">On Monday:</div>{quote}<br></div><br>'
    assert "<details>" in clean(html, {}).html


@pytest.mark.parametrize("html", ["<div>" * 200_000, "x" * (LARGEST + 1), "<b><i>" * 5_000])
def test_it_refuses_what_is_too_deep_or_too_large(html: str) -> None:
    with pytest.raises(TooHard):
        clean(html, {})


def test_it_shows_plain_text_with_links_and_folded_quotes() -> None:
    html = as_html("See https://x.example/a?b=1&c=2. <b>\n\nOn Tuesday Tom wrote:\n> one\n> two\n\nBye")
    assert '<a href="https://x.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">' in html
    assert "&lt;b&gt;" in html
    assert "Quoted text, 3 lines" in html
    assert html.index("</details>") < html.index("Bye")


@pytest.mark.parametrize(
    ("text", "flowed", "joined"),
    [
        ("One \r\nline.\r\nTwo.", "One line.\nTwo.", "Oneline.\nTwo."),
        ("https://x.example/a \nb?c=1", "https://x.example/a b?c=1", "https://x.example/ab?c=1"),
        ("One  \nline.", "One  line.", "One line."),
        ("> a \n> b\n>> c \nd", "> a b\n>> c \nd", "> ab\n>> c\nd"),
        (" >From me \n to you", " >From me to you", " >From meto you"),
        ("Bye \n-- \nAnn", "Bye \n-- \nAnn", "Bye\n-- \nAnn"),
        ("\n\na\n", "\n\na\n", "\n\na\n"),
        ("> a\n\n> b ", "> a\n\n> b ", "> a\n\n> b"),
        ("  indented\n\ttab", " indented\n\ttab", " indented\n\ttab"),
    ],
)
def test_it_makes_paragraphs_of_a_flowed_text(text: str, flowed: str, joined: str) -> None:
    assert (unflowed(text, joins=False), unflowed(text, joins=True)) == (flowed, joined)


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("(https://x.example/a_(b))", "https://x.example/a_(b)"), ("https://x.example/a_(b).", "https://x.example/a_(b)"),
        ("(see https://x.example/a)", "https://x.example/a"), ("[https://x.example/?a[0]=1]", "https://x.example/?a[0]=1"),
        ("*https://x.example/*", "https://x.example/"), ("https://x.example/\u3002", "https://x.example/"),
        ("\uff08https://x.example/\uff09\u3001", "https://x.example/"), ("Https://X.example/A", "https://x.example/A"),
        ("ANN@X.EXAMPLE!", "mailto:ANN@X.EXAMPLE"), ("https://x.example/))", "https://x.example/"),
    ],
)  # fmt: skip
def test_an_address_ends_before_the_marks_of_its_sentence(text: str, href: str) -> None:
    assert f'<a href="{href}" ' in as_html(text)


def test_it_reads_the_text_out_of_html_that_cannot_be_cleaned() -> None:
    text = stripped("<style>p{}</style><p>One &amp; two<script>no()</script><br>three</p>" + "<" * 100_000, 1_000)
    assert text.split() == ["One", "&", "two", "three"]
