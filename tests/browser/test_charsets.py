"""The table of charsets is what browsers make of those bytes: both follow the Encoding Standard."""

from playwright.sync_api import Page

from tests.gmail_sync.mail.test_charsets import TEXTS

DECODE = "(rows) => rows.map(([label, octets]) => new TextDecoder(label).decode(new Uint8Array(octets)))"


def test_it_reads_each_label_as_the_browser_does(page: Page) -> None:
    decoded = page.evaluate(DECODE, [[label, list(octets)] for label, octets, _ in TEXTS])
    assert decoded == [text for _, _, text in TEXTS]
