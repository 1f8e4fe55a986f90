"""A link tells where it leads, however it is spelt (links.py, web_addresses.py; tests/browser reads them, too)."""

import pytest

from gmail_sync.reading.clean import clean
from gmail_sync.reading.text import as_html
from gmail_sync.reading.web_addresses import canonical, host_of
from tests.gmail_sync.reading.odd_addresses import ADDRESSES


@pytest.mark.parametrize(
    ("address", "made"),
    [
        ("https://evil.example\\@bank.example/", "https://evil.example/@bank.example/"),
        ("https:evil.example", "https://evil.example"),
        ("https:/\\/evil.example/a", "https://evil.example/a"),
        ("\x01 ht\ntps://evil.example\t/", "https://evil.example/"),
        ("https://bank.example:x@evil.example/", "https://evil.example/"),
        ("https://bank.example\uff0f@evil.example/", "https://evil.example/"),
        ("https://%65vil.example/%65", "https://evil.example/%65"),
        ("https://fa\u00df.example/", "https://xn--fa-hia.example/"),
        ("https://2130706433/", ""),
        ("https://evil.example:99999/", ""),
        ("https:///", ""),
        ("mailto:a@x.example?subject=Hi&attach=/etc/passwd&BCC=b@y&cc=c@z", "mailto:a@x.example?subject=Hi&cc=c@z"),
        ("mailto:a@x.example?%61ttach=x", "mailto:a@x.example"),
        ("tel:+1", "tel:+1"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_it_spells_an_address_as_everybody_reads_it(address: str, made: str) -> None:
    assert canonical(address) == made


def test_a_canonical_address_stays_as_it_is() -> None:
    made = [address for address in map(canonical, ADDRESSES) if address]
    assert made
    assert [canonical(address) for address in made] == made
    assert all(host_of(address).isascii() for address in made)


@pytest.mark.parametrize(
    "words",
    [
        "www.bank.example", "www.bank.example.", "(www.bank.example)", "\u2192 bank.example!", "b\u00adank.example",
        "\u200bbank.example", "\u202ebank.example", "HTTPS://BANK.EXAMPLE/a", "ｂａｎｋ.example", "bank\u2024example",
        "b<b>ank</b>.example", "&#98;ank.example", "me@bank.example", "https:\\\\bank.example", "bank.xn--p1ai",
    ],
)  # fmt: skip
def test_it_gives_away_a_text_that_looks_like_an_address(words: str) -> None:
    for href in ("https://evil.example/", "https://evil.example\\@bank.example/", "mailto:x@evil.example"):
        assert " [evil.example]</a>" in clean(f'<a href="{href}">{words}</a>', {}).html, href


def test_a_picture_tells_the_host_that_is_asked() -> None:
    cleaned = clean('<img src="https://evil.example\\@bank.example/a.png"><img src=" https:evil.example/b">', {}, True)
    assert cleaned.hosts == ("evil.example",)
    assert cleaned.html.count('src="https://evil.example/') == 2


def test_a_link_to_nowhere_is_none() -> None:
    assert "href" not in clean('<a href="https://0x7f.1/">x</a><a href="https:///">y</a>', {}).html


def test_a_plain_text_tells_a_host_that_only_looks_like_another() -> None:
    assert "xn--pple-43d.example" in as_html("Go to https://\u0430pple.example/ now")
    assert "[evil.example]" in as_html("https://bank.example@evil.example/")
    assert "title" not in as_html("https://bank.example/")
