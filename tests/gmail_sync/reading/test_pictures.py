"""Pictures of the mail's own: shown where its HTML says so, else listed (clean.py, listing.py)."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.test import Client

from gmail_sync.models import Message
from gmail_sync.reading.document import render
from gmail_sync.reading.listing import attached
from gmail_sync.reading.parts import read
from tests.gmail_sync.reading.conftest import Receive, address
from tests.gmail_sync.reading.test_parts import holding, leaf

pytestmark = pytest.mark.any_database

JPG = b"""Subject: Logo
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html

<p>Mail <img src="cid:logo"></p>
--b
Content-Type: %b; name="logo.jpg"
Content-ID: <logo>

JFIF
--b--
"""


def picture(content_id: str, part_id: str, kind: str = "image/png", name: str = "a.png") -> dict[str, Any]:
    return leaf(kind, "octets", part_id, name, Content_ID=f"<{content_id}>")


def listed(html: str, *pictures: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the ids of the parts that the document shows, and of those that are listed."""
    mail = read(holding("related", leaf("text/html", html), *pictures))
    addresses = {name: f"https://x.example/{part.part_id}/" for name, part in mail.pictures.items()}
    shown = render(mail, addresses, False).html
    named = [part for part in mail.parts if f'src="https://x.example/{part}/"' in shown]
    files = attached(Message(account_id=1, gmail_id="m", pk=1), mail)
    return named, [file["part_id"] for file in files if not file["inline"]]


ONE, TWO = picture("image1", "1"), picture("image10", "2")


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<img src="cid:image1"><img alt="" SRC = \'CID:image10\'>', ["1", "2"]),
        ("<img src=cid:image10>", ["2"]),
        ('<!--[if vml]><v:imagedata src="cid:image1"/><img src="cid:image1"><![endif]-->', []),
        ('<div style="background:url(cid:image1)" background="cid:image1">cid:image1</div>', []),
        ('<img data-src="cid:image1" srcset="cid:image10"><a href="cid:image1">x</a>', []),
        ('<img src="cid:image%31"><img src=" cid:&lt;image10&gt;">', ["1", "2"]),
        (f'<img src="cid:image1">{"<div>" * 1_100}', []),
        (f'<img src="cid:image1">{"x" * 1_000_000}', []),
        ("", []),
    ],
)
def test_a_picture_is_left_out_of_the_list_only_if_it_is_shown(html: str, shown: list[str]) -> None:
    assert listed(f"<p>x</p>{html}", ONE, TWO) == (shown, sorted({"1", "2"} - set(shown)))


def test_of_two_pictures_of_one_name_the_first_is_shown_and_the_other_listed() -> None:
    assert listed('<p>x</p><img src="cid:a">', picture("a", "1"), picture("a", "2")) == (["1"], ["2"])


@pytest.mark.parametrize("content_id", ["a%40b", "a b", "b\u00fccher", "a+b", "image001.png@01D9.1&2"])
def test_a_name_may_have_any_letters(content_id: str) -> None:
    html = f'<p>x</p><img src="cid:{content_id.replace("&", "&amp;")}">'
    assert listed(html, picture(content_id, "1")) == (["1"], [])


@pytest.mark.parametrize(
    ("kind", "name", "is_shown"),
    [
        ("image/jpg", "", True), ("IMAGE/PJPEG", "a", True), ("image/x-png", "", True), ("image/bmp", "", True),
        ("application/octet-stream", "Logo.PNG", True), ("application/octet-stream", "a.jpe", True),
        ("application/octet-stream", "a.svg", False), ("application/octet-stream", "a.html", False),
        ("application/octet-stream", "png", True), ("application/octet-stream", "", False),
        ("image/svg+xml", "a.png", False), ("text/html", "a.png", False), ("image/tiff", "a.tif", False),
    ],
)  # fmt: skip
def test_it_knows_pictures_by_the_names_that_mail_has_for_them(kind: str, name: str, is_shown: bool) -> None:
    part = {**picture("a", "1", kind, name), "body": {"size": 1, "data": urlsafe_b64encode(b"x").decode()}}
    assert listed('<p>x</p><img src="cid:a">', part) == ((["1"], []) if is_shown else ([], ["1"]))


@pytest.mark.parametrize("kind", [b"image/jpg", b"application/octet-stream"])
def test_it_hands_a_picture_to_the_frame_by_a_type_that_browsers_know(
    reader: Client, receive: Receive, kind: bytes
) -> None:
    message = receive(JPG % kind)
    source = reader.get(address(message)).content.decode().partition('<img src="')[2].partition('"')[0]
    assert reader.get(source, headers={"Sec-Fetch-Dest": "image"}).headers["Content-Type"] == "image/jpeg"
    assert reader.get(source).headers["X-Content-Type-Options"] == "nosniff"
    saved = reader.get(source, headers={"Sec-Fetch-Dest": "document"})
    assert saved.headers["Content-Type"] == "application/octet-stream"
