"""A message's metadata, made into what the mirror stores."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gmail_sync.header_text import decode, storable
from gmail_sync.mail import parse_headers


def message(*headers: tuple[str, str], **more: Any) -> dict[str, Any]:
    named = [{"name": name, "value": value} for name, value in headers]
    return {"id": "m", "threadId": "t", "payload": {"headers": named}, **more}


def test_it_reads_what_gmail_sends() -> None:
    raw = message(
        ("From", "Ann <ann@example.com>"),
        ("To", "bob@example.com"),
        ("Subject", "Hello"),
        labelIds=["UNREAD", "INBOX"],
        snippet="Hi there",
        historyId="987",
        internalDate="1700000000000",
    )
    read = parse_headers(raw)
    assert (read.gmail_id, read.thread_id, read.history_id, read.internal_date) == ("m", "t", 987, 1700000000000)
    assert (read.sender, read.recipients, read.subject) == ("Ann <ann@example.com>", "bob@example.com", "Hello")
    assert (read.label_ids, read.snippet) == (frozenset({"UNREAD", "INBOX"}), "Hi there")


def test_it_does_without_everything_but_the_id() -> None:
    read = parse_headers({"id": "m"})
    assert (read.subject, read.sender, read.label_ids, read.history_id, read.internal_date) == (
        "",
        "",
        frozenset(),
        0,
        0,
    )


def test_it_takes_a_header_without_a_value_for_empty() -> None:
    assert parse_headers({"id": "m", "payload": {"headers": [{"name": "Subject"}]}}).subject == ""


def test_it_finds_headers_in_any_case_and_takes_the_first() -> None:
    read = parse_headers(message(("SUBJECT", "first"), ("subject", "second"), ("fRoM", "ann@example.com")))
    assert (read.subject, read.sender) == ("first", "ann@example.com")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe_aus_K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"),  # some senders split within a character
        ("Re: =?utf-8?Q?=E2=82=AC?= 5", "Re: € 5"),
        ("=?utf-8?Q?=E2=82=AC?= =?iso-8859-1?Q?=FC?=", "€ü"),
        ("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"),
        ("Köln =?utf-8?Q?=E2=82=AC?= €", "Köln € €"),  # raw UTF-8 beside a word
    ],
)
def test_it_decodes_rfc_2047_words(value: str, text: str) -> None:
    assert decode(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?Q?=FF=FE?=", "\ufffd\ufffd"),
        ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
        ("=?no-such-charset?Q?abc?=", "abc"),
        ("=?hex?Q?abc?=", "abc"),
        ("=??Q?abc?=", "abc"),
    ],
)
def test_it_shows_broken_words_as_well_as_it_can(value: str, text: str) -> None:
    assert decode(value) == text


@pytest.mark.parametrize("charset", ["undefined", "idna", "utf\x00-8", "\udc80", "unicode_escape", "punycode", "utf-7"])
def test_rule_16_a_hostile_charset_does_not_break_the_message(charset: str) -> None:
    assert isinstance(decode(f"=?{charset}?Q?abc=FF=00?="), str)


def test_rule_16_what_the_database_refuses_becomes_a_question_mark() -> None:
    assert decode("a\x00b") == "a\ufffdb"
    assert decode("a\ud800b") == "a\ufffdb"
    assert decode("=?utf-8?Q?a=00b?=") == "a\ufffdb"
    assert storable("\udfff") == "\ufffd"


def test_it_puts_folded_headers_on_one_line() -> None:
    assert decode("one\r\n two\tthree \x0b\u2028four") == "one two three four"


@pytest.mark.parametrize(
    ("snippet", "text"),
    [("Tom &amp; Ann&#39;s", "Tom & Ann's"), ("&lt;b&gt;", "<b>"), ("a&#0;b", "a\ufffdb"), ("&#xD800;", "\ufffd")],
)
def test_it_takes_the_html_escapes_out_of_the_snippet(snippet: str, text: str) -> None:
    assert parse_headers({"id": "m", "snippet": snippet}).snippet == text


word = st.builds("=?{}?{}?{}?=".format, st.text(max_size=8), st.sampled_from("qQbBx"), st.text(max_size=12))
fragments = st.one_of(word, st.text(alphabet=st.characters(exclude_categories=[]), max_size=20))


@given(st.lists(fragments, max_size=5).map(" ".join))
@example("=?undefined?Q?abc?=")
def test_it_makes_any_header_storable(value: str) -> None:
    text = decode(value)
    assert "\x00" not in text
    assert text.encode().decode() == text
    assert "\n" not in text
