"""Trees of parts that programs in the wild send, and answers that leave something out: no text is silently lost."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from gmail_sync.reading.document import _source
from gmail_sync.reading.parts import read
from gmail_sync.reading.rendering import CUT, NOTHING, Rendered, render
from tests.gmail_sync.reading.test_parts import HTML, PICTURE, PLAIN, holding, leaf, shown

NAMED = leaf("text/html", "named", "1", "mail.html", Content_Disposition="inline")
FILE = leaf("text/html", "file", "1", "mail.html", Content_Disposition="attachment")
FOOTER = leaf("text/plain", "footer", "3")
ROOT = leaf("text/plain", "root", "4", Content_ID="<root@x>")
START = {"headers": [{"name": "Content-Type", "value": 'multipart/related; start="<root@x>"'}]}


@pytest.mark.parametrize(
    ("payload", "texts", "attached"),
    [
        ({"parts": [PLAIN, HTML]}, ["plain", "html"], []),
        ({"mimeType": "", "body": {"size": 0}, "parts": [PLAIN]}, ["plain"], []),
        ({"mimeType": "application/pkcs7-mime", "body": {"size": 0}, "parts": [PLAIN]}, ["plain"], []),
        (leaf("multipart/mixed", "no boundary"), ["no boundary"], []),
        (leaf("text", "no subtype"), ["no subtype"], []),
        (leaf("text/plain; charset=utf-8", "with its charset"), ["with its charset"], []),
        (NAMED, ["named"], []),
        (FILE, [], ["1"]),
        (holding("alternative", PLAIN, NAMED), ["named"], []),
        (holding("alternative", PLAIN, HTML, leaf("text/plain", "a", "5", "notes.txt")), ["html"], ["5"]),
        (holding("mixed", PLAIN, NAMED), ["plain"], ["1"]),
        (holding("related", NAMED, PICTURE), ["named"], ["2"]),
        (holding("related", PLAIN, HTML), ["html"], []),
        (holding("related", HTML, PICTURE, FOOTER), ["html"], ["2", "3"]),
        (holding("related", HTML, ROOT) | START, ["root"], ["1"]),
        (holding("alternative", PLAIN, leaf("text/x-amp-html", "amp", "2"), HTML), ["html"], []),
        (holding("alternative", PLAIN, leaf("text/enriched", "rich", "2")), ["plain"], []),
        (holding("alternative", leaf("text/enriched", "rich", "2")), [], ["2"]),
        (holding("alternative", PLAIN, leaf("text/enriched", "rich", "2", "notes.txt")), ["plain"], ["2"]),
    ],
)  # fmt: skip
def test_it_shows_each_text_or_attaches_it(payload: dict[str, Any], texts: list[str], attached: list[str]) -> None:
    mail = read(payload)
    assert shown(mail) == texts
    assert [part.part_id for part in mail.attachments] == attached


def rendered(payload: dict[str, Any]) -> Rendered:
    return render([_source(section.html, section.plain) for section in read(payload).sections], {}, False)


def test_a_text_that_gmail_counts_and_does_not_send_is_said_to_be_missing() -> None:
    counted = {"mimeType": "text/html", "partId": "1", "body": {"size": 900}}
    assert rendered(counted).notice == CUT
    both = rendered(holding("alternative", PLAIN, counted))
    assert (both.notice, "plain" in both.html) == (CUT, True)


@pytest.mark.parametrize(
    "payload",
    [
        leaf("application/pkcs7-mime", "MII", "", "smime.p7m"),
        holding(
            "encrypted", leaf("application/pgp-encrypted", "Version: 1"), leaf("application/octet-stream", "-", "1")
        ),
        leaf("text/plain", "\r\n"),
        leaf("text/html", "<html><body><br></body></html>"),
        holding("mixed"),
    ],
)
def test_a_mail_without_a_text_says_so(payload: dict[str, Any]) -> None:
    assert rendered(payload).notice == NOTHING


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("text/plain; format=flowed; delsp=yes", "https://x.example/ab"),
        ('TEXT/PLAIN; Format="Flowed"', "https://x.example/a"),
        ("text/plain; delsp=yes", "https://x.example/a"),
    ],
)
def test_a_link_that_its_sender_broke_leads_to_its_address(header: str, shown: str) -> None:
    html = rendered(leaf("text/plain", "See https://x.example/a \r\nb", Content_Type=header)).html
    assert f'<a href="{shown}" ' in html
    assert ("\nb" in html) is ("format" not in header.lower())


def test_a_mail_of_a_picture_alone_says_nothing_of_it() -> None:
    text = urlsafe_b64encode(b'<img src="https://x.example/a.png">').decode()
    assert rendered({"mimeType": "text/html", "body": {"size": 1, "data": text}}).notice == ""
