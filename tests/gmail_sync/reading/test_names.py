"""Sixty names of attachments that mean harm become names of files (names.py)."""

import unicodedata

import pytest

from gmail_sync.reading.leaf import Part
from gmail_sync.reading.names import file_name
from gmail_sync.reading.parts import read
from tests.gmail_sync.reading.test_parts import leaf, shown

NAMES = [
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\Windows\\win.ini", "\\\\server\\share", "a/b/c.txt",
    ".", "..", "...", "", " ", "\t", "\0", "a\0.exe", "a\r\nSet-Cookie: x=1", "a\nb.txt", "a;b.txt", 'a".txt',
    "a'.txt", "exe.\u202egnp.scr", "a\u2066b\u2069.txt", "\u200f.txt", "\ufeffa.txt", "a\u200bb.txt",
    "a\u00adb.txt", "\ud800.txt", "con", "CON.txt", "nul", "aux.pdf", "com1.txt", "lpt9", "prn.", "a.txt.",
    "a.txt ", " a.txt", ".htaccess", ".bashrc", "x" * 1_000, f"{'x' * 1_000}.pdf", f"a.{'y' * 1_000}",
    "a" * 149 + "é", "🎉" * 200 + ".png", "é", "e\u0301.txt", "<script>.html", "a|b.txt", "a?b.txt", "a*b.txt",
    "a:b.txt", "file:///etc/passwd", "javascript:alert(1)", "%2e%2e%2f", "%00.txt", "=?utf-8?q?=2E=2E=2Fa?=",
    "a\u2028b.txt", "a\x7f.txt", "a\x9fb.txt", "$(rm -rf ~).txt", "`id`.txt", "-rf", "desktop.ini", "a\u3000b.txt",
    "COM\u00b9.txt", "con .txt", "ＣＯＮ", "conin$", "conout$.txt", "\u6f22" * 149 + ".txt", "a." + "\u6f22" * 10,
]  # fmt: skip


def part(name: str, mime_type: str = "application/pdf") -> Part:
    return Part("1.2", mime_type, name, 1, "", "", True, "id", None)


@pytest.mark.parametrize("name", NAMES)
def test_mail_page_15_it_makes_a_name_without_a_path(name: str) -> None:
    made = file_name(part(name))
    assert 0 < len(made) <= 151
    assert not set(made) & set('/\\:*?"<>|')
    assert not [letter for letter in made if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert made.strip(". ") == made
    assert len(made.encode()) <= 241  # file systems hold 255
    assert unicodedata.normalize("NFKC", made.partition(".")[0]).strip().lower() not in (
        "con",
        "nul",
        "aux",
        "prn",
        "com1",
        "lpt9",
        "conin$",
        "conout$",
    )


def test_mail_page_15_it_holds_sixty_names() -> None:
    assert len(set(NAMES)) >= 60


def test_it_keeps_a_good_name_and_the_ending_of_a_long_one() -> None:
    assert file_name(part("Grundriss EG, neu.png")) == "Grundriss EG, neu.png"
    assert file_name(part(f"{'x' * 1_000}.pdf")).endswith("x.pdf")


def test_it_names_what_has_no_name() -> None:
    assert file_name(part("")) == "part-1.2.pdf"
    assert file_name(part("", "message/rfc822")) == "part-1.2.eml"


@pytest.mark.parametrize(
    ("given", "header", "made"),
    [
        ("noname", 'attachment; filename="Pr\u00fcfbericht Q1.pdf"', "Pr\u00fcfbericht Q1.pdf"),
        ("", "attachment; filename*0*=utf-8''Pr%C3%BC; filename*1=fung.pdf", "Pr\u00fcfung.pdf"),
        ("", 'attachment; filename="=?utf-8?Q?Pr=C3=BCfung.pdf?="', "Pr\u00fcfung.pdf"),
        ("noname", "attachment", "part-3.pdf"),
        ("noname", "attachment; filename=../../etc/passwd", "_.._etc_passwd"),
        ("noname", "attachment; filename*=x-no''%ff; filename*0*=1", "part-3.pdf"),
        ("given.pdf", "attachment; filename=other.pdf", "given.pdf"),
    ],
)
def test_it_finds_in_the_headers_a_name_that_gmail_could_not_read(given: str, header: str, made: str) -> None:
    (file,) = read(leaf("application/pdf", "x", "3", given, Content_Disposition=header)).attachments
    assert file_name(file) == made


def test_a_name_that_only_the_headers_have_makes_no_file_of_a_text() -> None:
    assert shown(read(leaf("text/plain", "text", "3", Content_Type="text/plain; name=a.txt"))) == ["text"]
