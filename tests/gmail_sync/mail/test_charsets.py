"""The labels of charsets in real mail, and what they mean there. tests/browser compares the table with Chromium."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webencodings.labels import LABELS

from gmail_sync.mail.charsets import decode_parts
from tests.support.costs import cost_ratio

# A label, bytes as those who use it write them, and their text.
TEXTS = [
    ("utf-8", b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
    ("unicode-1-1-utf-8", b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
    # one byte a character
    ("us-ascii", b"it\x92s \x80 5", "it’s € 5"),
    ("iso-8859-1", b"\x93Gr\xfc\xdfe\x94 \x96 \x80 5", "“Grüße” – € 5"),
    ("latin1", b"\x99", "™"),
    ("iso_8859-1:1987", b"\x85", "…"),
    ("iso-8859-2", b"\xb1\xe6\xea", "ąćę"),
    ("iso-8859-5", b"\xbf\xe0\xd8\xd2\xd5\xe2", "Привет"),
    ("iso-8859-7", b"\xc3\xe5\xe9\xdc", "Γειά"),
    ("iso-8859-8-i", b"\xf9\xec\xe5\xed", "שלום"),
    ("iso-8859-8-e", b"\xf9\xec\xe5\xed", "שלום"),
    ("logical", b"\xf9\xec\xe5\xed", "שלום"),
    ("iso-8859-9", b"\xdeirin \x80", "Şirin €"),
    ("iso-8859-11", b"\xca\xc7\xd1\xca\xb4\xd5 \x80", "สวัสดี €"),
    ("tis-620", b"\xca\xc7\xd1\xca\xb4\xd5", "สวัสดี"),
    ("windows-874", b"\xca\xc7\xd1\xca\xb4\xd5 \x93", "สวัสดี “"),
    ("iso-8859-15", b"\xa4", "€"),
    ("windows-1250", b"\xbf\xf3\xb3\xe6", "żółć"),
    ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
    ("x-cp1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
    ("windows-1253", b"\xc5\xeb\xeb\xdc\xe4\xe1", "Ελλάδα"),
    ("windows-1254", b"\xdeirin", "Şirin"),
    ("windows-1255", b"\xf9\xec\xe5\xed", "שלום"),
    ("windows-1256", b"\xe3\xd1\xcd\xc8\xc7", "مرحبا"),
    ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
    ("koi8-u", b"\xeb\xc9\xa7\xd7 \xae", "Київ ў"),
    ("x-mac-cyrillic", b"\x8f\xf0\xe8\xe2\xe5\xf2", "Привет"),
    ("macintosh", b"caf\x8e", "café"),
    ("ibm866", b"\x8f\xe0\xa8\xa2\xa5\xe2", "Привет"),
    # Chinese
    ("gb2312", b"\xd6\xec\xe9F\xbb\xf9", "朱镕基"),
    ("gb_2312-80", b"\xd6\xec\xe9F\xbb\xf9", "朱镕基"),
    ("gbk", b"\x86\xb4 \xa2\xe3", "喆 €"),
    ("x-gbk", b"\x86\xb4", "喆"),
    ("gb18030", b"\x954\xb25", "𠮷"),
    ("big5", b"\xa7A\xa6n\xa1\x45", "你好‧"),
    ("big5-hkscs", b"\xa7A\xa6n \x88\x66", "你好 Ê"),
    ("cn-big5", b"\xa7A\xa6n", "你好"),
    # Japanese
    ("iso-2022-jp", b"\x1b$B$3$s$K$A$O\x1b(B", "こんにちは"),
    ("csiso2022jp", b"\x1b$B-!\x1b(B \x1b$B|b\x1b(B \x1b(I6E\x1b(B", "① 髙 ｶﾅ"),
    ("shift_jis", b"\x87\x40 \xfb\xfc", "① 髙"),
    ("x-sjis", b"\x82\xb1\x82\xf1\x81\x60", "こん～"),
    ("windows-31j", b"\x87\x8a", "㈱"),
    ("euc-jp", b"\xa4\xb3\xa4\xf3 \x8e\xb6", "こん ｶ"),
    ("x-euc-jp", b"\xad\xa1\xfc\xe2", "①髙"),
    # Korean
    ("ks_c_5601-1987", b"\x8cc\xb9\xe6\xb0\xa2\xc7\xcf", "똠방각하"),
    ("euc-kr", b"\x8cc\xb9\xe6\xb0\xa2\xc7\xcf", "똠방각하"),
    ("korean", b"\xbe\xc8\xb3\xe7", "안녕"),
    # two bytes each
    ("utf-16", b"\x60\x4f\x7d\x59", "你好"),
    ("utf-16be", b"\x4f\x60\x59\x7d", "你好"),
    ("unicode", b"\xff\xfeA\x00", "A"),
]
# The web refuses these, or does not know them; mail has them.
TEXTS_OF_MAIL = [
    ("utf-7", b"Gr+APwA3w-e", "Grüße"),
    ("unicode-1-1-utf-7", b"Hi Mom +Jjo-!", "Hi Mom ☺!"),
    ("hz-gb-2312", b"~{<:Ky2;S{#,NpJ)l6HK~}.", "己所不欲，勿施於人."),
    ("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f", "안녕"),
    ("iso-2022-jp-ms", b"\x1b$B-!\x1b(B", "①"),
    ("cp850", b"\x81ber", "über"),
    ("ibm437", b"\x81ber", "über"),
    ("cp932", b"\x87\x8a", "㈱"),
    ("cp936", b"\xe9F", "镕"),
    ("cp950", b"\xa7A\xa6n", "你好"),
    ("cp949", b"\x8cc", "똠"),
    ("cp-1252", b"\x80", "€"),
    ("Windows_1252", b"\x80", "€"),
    ("ISO8859_15", b"\xa4", "€"),
    ("utf8mb4", b"\xf0\x9f\x8e\x89", "🎉"),
    ('"koi8_r"', b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
    ("utf-16", b"\xfe\xff\x4f\x60", "你"),
]


@pytest.mark.parametrize(("label", "octets", "text"), TEXTS + TEXTS_OF_MAIL)
def test_it_reads_each_label_as_the_world_means_it(label: str, octets: bytes, text: str) -> None:
    assert decode_parts([octets], label) == text
    assert decode_parts([octets], label.upper()) == text


@pytest.mark.parametrize("label", [label for label, name in LABELS.items() if name != "replacement"])
def test_it_knows_every_label_of_the_standard(label: str) -> None:
    letter = "ö" if LABELS[label].startswith(("windows-1252", "utf-8")) else "x"
    octets = letter.encode(LABELS[label] if "16" in LABELS[label] and "utf" in LABELS[label] else "utf-8")
    assert decode_parts([octets], label) == letter


@pytest.mark.parametrize(
    "label", ["us-ascii", "iso-8859-1", "windows-1251", "koi8-r", "gb2312", "big5", "euc-kr", "iso-2022-jp", "", "?"]
)
@pytest.mark.parametrize("text", ["Grüße", "Привет", "你好，世界", "こんにちは", "안녕", "สวัสดี", "🎉"])
def test_it_reads_utf_8_whatever_the_label_says(label: str, text: str) -> None:
    if not (label in ("gb2312", "big5", "euc-kr") and text == "Привет"):
        assert decode_parts([text.encode()], label) == text


@pytest.mark.parametrize(
    ("label", "text"), [("gb2312", "模"), ("gb2312", "媒 12"), ("windows-874", "รถ"), ("euc-kr", "챙"), ("big5", "怓")]
)
def test_it_is_not_misled_by_a_short_word_that_happens_to_be_utf_8(label: str, text: str) -> None:
    octets = text.encode({"windows-874": "cp874"}.get(label, label))
    assert octets.decode() != text
    assert decode_parts([octets], label) == text


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8", "utf-8"),
        ("gb2312", "gbk"),
        ("gb18030", "gb18030"),
        ("big5", "big5"),
        ("shift_jis", "cp932"),
        ("euc-jp", "euc_jp"),
        ("ks_c_5601-1987", "cp949"),
        ("iso-8859-1", "utf-8"),
    ],
)
def test_it_puts_a_character_together_that_was_cut_between_words(label: str, codec: str) -> None:
    text = {"big5": "你好嗎", "ks_c_5601-1987": "안녕하세요", "utf-8": "🎉 你好"}.get(label, "日本")
    octets = text.encode(codec)
    for cut in range(1, len(octets)):
        assert decode_parts([octets[:cut], octets[cut:]], label) == text
    assert decode_parts([octets[at : at + 1] for at in range(len(octets))], label) == text


@pytest.mark.parametrize("label", ["utf-8", "gb2312", "big5", "shift_jis", "euc-jp", "euc-kr"])
def test_it_lets_a_bad_word_cost_itself_alone(label: str) -> None:
    good = "本日".encode(codecs.lookup(label).name)
    assert decode_parts([good, b"\xff\xff", good], label) == "本日\ufffd\ufffd本日"


@pytest.mark.parametrize("label", ["utf-8", "gb2312", "big5", "euc-jp", "euc-kr"])
def test_it_lets_a_word_that_was_cut_short_cost_itself_alone(label: str) -> None:
    good = "本日".encode(codecs.lookup(label).name)
    assert decode_parts([good[:-1], good], label) == "本\ufffd本日"


@pytest.mark.parametrize("label", ["no-such-charset", "undefined", "idna", "unicode_escape", "hex", "x" * 9_000, "\0"])
def test_it_takes_what_is_no_charset_for_utf_8(label: str) -> None:
    assert decode_parts([b"abc \xc3\xbc"], label) == "abc ü"
    assert decode_parts([b"abc \xff"], label) == "abc \ufffd"


pieces = st.lists(st.binary(max_size=6), max_size=8)


@given(pieces, st.sampled_from(sorted(LABELS)))
@settings(deadline=None)
def test_it_makes_text_of_any_bytes(parts: list[bytes], label: str) -> None:
    assert isinstance(decode_parts(parts, label), str)


@pytest.mark.parametrize("label", ["utf-8", "gb2312", "gb18030", "big5", "shift_jis", "euc-jp", "iso-2022-jp", "hz"])
@pytest.mark.parametrize("part", [b"\xb0", b"\xa1\xb0", b"\xf0\x9f", b"\x81", b"\x1b$B", b"~{"])
def test_it_costs_no_more_than_there_is(label: str, part: bytes) -> None:
    few, many = [part] * 200, [part] * 2_000
    assert cost_ratio(lambda: decode_parts(many, label), lambda: decode_parts(few, label)) < 50
