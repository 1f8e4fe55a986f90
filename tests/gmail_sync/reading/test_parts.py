"""Which parts of a mail are shown and which are attached, and how their text is read (parts.py)."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from gmail_sync.reading.parts import Mail, read, text_of

Payload = dict[str, Any]


def leaf(kind: str, text: str = "x", part_id: str = "0", name: str = "", **headers: str) -> Payload:
    named = [{"name": key.replace("_", "-"), "value": value} for key, value in headers.items()]
    body = {"size": len(text), "data": urlsafe_b64encode(text.encode()).decode()}
    return {"partId": part_id, "mimeType": kind, "filename": name, "headers": named, "body": body}


def holding(kind: str, *parts: Payload) -> Payload:
    return {"partId": "", "mimeType": f"multipart/{kind}", "filename": "", "body": {"size": 0}, "parts": list(parts)}


def shown(mail: Mail) -> list[str]:
    sections = [section.html or section.plain for section in mail.sections]
    return [part.octets.decode() for part in sections if part and part.octets is not None]


def nested(depth: int) -> Payload:
    """A message within a message, and so on, none of which Gmail gave as a file."""
    inner = HTML
    for number in range(depth):
        inner = {"partId": f"2.{number}", "mimeType": "message/rfc822", "body": {"size": 0}, "parts": [inner]}
    return inner


PLAIN, HTML = leaf("text/plain", "plain"), leaf("text/html", "html", "1")
PICTURE = leaf("image/png", "png", "2", "a.png", Content_ID="<a@b>")


@pytest.mark.parametrize(
    ("payload", "texts", "attached"),
    [
        (leaf("text/plain", "alone", ""), ["alone"], []),
        (holding("alternative", PLAIN, HTML), ["html"], []),
        (holding("alternative", HTML, PLAIN), ["html"], []),
        (holding("alternative", PLAIN, holding("related", HTML, PICTURE)), ["html"], ["2"]),
        (holding("mixed", PLAIN, HTML, leaf("application/pdf", "pdf", "2", "a.pdf")), ["plain", "html"], ["2"]),
        (holding("mixed", PLAIN, leaf("text/plain", "diff", "1", "a.patch")), ["plain"], ["1"]),
        (holding("mixed", PLAIN, leaf("text/html", "page", "1", Content_Disposition="attachment")), ["plain"], ["1"]),
        (holding("alternative", PLAIN, leaf("text/calendar", "BEGIN", "1")), ["plain"], ["1"]),
        (holding("mixed", PLAIN, leaf("application/ms-tnef", "tnef", "1", "winmail.dat")), ["plain"], ["1"]),
        (holding("mixed", PLAIN, {**leaf("message/rfc822", "m", "1", "m.eml"), "parts": [HTML]}), ["plain"], ["1"]),
        (leaf("application/pdf", "%PDF", "", "a.pdf"), [], ["root"]),
        (holding("alternative", leaf("application/pdf", "pdf", "1", "a.pdf"), PICTURE), [], ["1", "2"]),
        (holding("related", PICTURE, HTML), ["html"], ["2"]),
        (holding("mixed", PLAIN, nested(1)), ["plain", "html"], []),
        (holding("mixed", PLAIN, nested(10)), ["plain", "html"], []),
        (holding("mixed"), [], []),
    ],
)
def test_it_shows_what_is_text_and_attaches_the_rest(payload: Payload, texts: list[str], attached: list[str]) -> None:
    mail = read(payload)
    assert shown(mail) == texts
    assert [part.part_id for part in mail.attachments] == attached


@pytest.mark.parametrize("start", ["<root@x>", "root@x", " <root@x> "])
def test_the_root_of_related_parts_is_found_by_its_name(start: str) -> None:
    root = leaf("text/html", "root", "2", Content_ID="<root@x>")
    related = holding("related", HTML, root)
    related["headers"] = [{"name": "Content-Type", "value": f'multipart/related; start="{start}"'}]
    assert shown(read(related)) == ["root"]


def test_it_keeps_the_plain_text_beside_the_html() -> None:
    (section,) = read(holding("alternative", PLAIN, HTML)).sections
    assert section.plain is not None
    assert section.plain.octets == b"plain"


@pytest.mark.parametrize(
    "payload", [{}, {"parts": [None, 7]}, {"mimeType": None, "body": None}, {"body": {"size": "x"}}]
)
def test_it_survives_a_payload_of_any_shape(payload: Payload) -> None:
    read(payload)


def test_it_ends_with_a_mail_that_has_no_end() -> None:
    payload = PLAIN
    for _ in range(500):
        payload = holding("mixed", payload)
    assert read(payload).sections == ()
    many = holding("mixed", *(leaf("text/plain", "x", str(n)) for n in range(2_000)))
    assert len(read(many).parts) <= 500


PAIRS = [  # what the header says, what the octets are, and the text
    *(
        (declared, "utf-8", "Grüße, 世界")
        for declared in ("utf-8", "iso-8859-1", "gbk", "iso-2022-jp", "us-ascii", "?", "")
    ),
    *(
        (declared, "windows-1252", "Grüße")
        for declared in ("iso-8859-1", "windows-1252", "utf-8", "us-ascii", "x-odd", "")
    ),
    *((declared, "iso-2022-jp", "会議の議事録") for declared in ("iso-2022-jp", "ISO-2022-JP", "iso-2022-jp-ms")),
    *((declared, "gb18030", "关于下周的出差") for declared in ("gb2312", "gbk", "gb18030")),
    *((declared, "euc-kr", "프로젝트 일정") for declared in ("euc-kr", "ks_c_5601-1987", "cp949")),
    *((declared, "cp932", "議事録です") for declared in ("shift_jis", "cp932")),
    ("euc-jp", "euc-jp", "議事録です"),
    ("big5", "big5", "關於下週"),
    ("koi8-r", "koi8-r", "Договор"),
    ("windows-1251", "windows-1251", "Договор"),
    ("iso-8859-8", "iso-8859-8", "שלום"),
    ("windows-1256", "windows-1256", "مرحبا"),
    ("iso-8859-15", "iso-8859-15", "5 €"),
    ("windows-874", "cp874", "สวัสดี"),
]


@pytest.mark.parametrize(("declared", "real", "text"), PAIRS)
def test_mail_page_14_it_reads_a_text_in_its_charset(declared: str, real: str, text: str) -> None:
    assert text_of(text.encode(real), declared) == text


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "utf16"])
def test_it_reads_pairs_of_bytes_as_such(charset: str) -> None:
    assert text_of("Grüße".encode("utf-16-le"), charset) == "Grüße"
    assert text_of(b"\xff\xfeH\0i\0", charset) == "Hi"
