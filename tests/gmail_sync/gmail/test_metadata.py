"""A message's metadata, made into what the mirror stores."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gmail_sync.gmail.metadata import parse_headers
from gmail_sync.mail.addresses import LONGEST_ADDRESS, LONGEST_NAME
from gmail_sync.mail.header_text import decode, storable
from gmail_sync.models import Message
from tests.support.costs import cost_ratio
from tests.support.google.hostile import HEADERS


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
        ("=?utf-8*en?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),  # RFC 2231: with a language
        ("=?iso-8859-1?Q?=C3=BC?=", "ü"),
        ("=?gb2312?B?1uzpRrv5?=", "朱镕基"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ("x=?utf-8?Q?a?=y", "xay"),
        ("=?utf-8?Q?Hello World?= !", "Hello World !"),
        ("=?utf-8?Q?What?_Yes?=", "What? Yes"),
        ("=?utf-8?B?R3LD\r\n vMOfZQ?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOfZQ==R3LDvMOfZQ==?=", "GrüßeGrüße"),
        ("=?utf-8?B?4oKs-_8?=", "€\ufffd\ufffd"),
        ("=?utf-8?Q?=EF=BB=BFHi?=", "Hi"),
        ("=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
        ("=?utf-7?Q?Gr+APwA3w-e?=", "Grüße"),
        ("a =?utf-8?Q?b?=\r\n\t=?UTF-8?Q?c?= d", "a bc d"),
        ("=?us-ascii?Q?a?= =?utf-8?Q?=FF?= =?utf-8?Q?=C3=BC?=", "a\ufffdü"),
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
        ("=?utf-8?Q?abc =?utf-8?Q?def?=", "=?utf-8?Q?abc def"),
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


@pytest.mark.parametrize("value", ["1", " 7 ", 7, "-1", "-62135596800001", str(2**63 - 1), str(-(2**63))])
def test_it_takes_a_date_as_it_is(value: str | int) -> None:
    assert parse_headers({"id": "m", "internalDate": value}).internal_date == int(value)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (str(2**63), 2**63 - 1),
        (str(-(2**63) - 1), -(2**63)),
        ("9" * 5_000, 2**63 - 1),
        (f"-{'9' * 5_000}", -(2**63)),
    ],
)
def test_it_loses_no_mail_for_its_date(value: Any, date: int) -> None:
    assert parse_headers({"id": "m", "internalDate": value}).internal_date == date


def test_it_cuts_what_a_sender_chose() -> None:
    long = "x" * 100_000
    headers = (("From", f"{long} <{'a' * 400}@x>"), ("To", f"{long} <a@x>, " * 20), ("Subject", long))
    read = parse_headers(message(*headers, snippet=f"&amp;{long}"))
    parts = (read.sender_name, read.sender_address, read.recipients, read.subject, read.snippet)
    assert [len(part) for part in parts] == [200, 320, 203, 1_000, 500]
    assert all(part.endswith("…") for part in (read.sender_name, read.sender_address, read.subject, read.snippet))


def test_it_has_columns_for_the_longest_that_it_keeps() -> None:
    lengths = {field.name: field.max_length for field in Message._meta.fields}
    assert (lengths["sender_name"], lengths["sender_address"]) == (LONGEST_NAME, LONGEST_ADDRESS)


@pytest.mark.parametrize("kind", HEADERS)
def test_it_costs_no_more_than_its_length_and_at_most_so_much(kind: str) -> None:
    """Sixteen times the length is looked at, of a hundred; what costs the square of it takes 256 times as long."""
    small, large = (message(("Subject", HEADERS[kind](size)), snippet=HEADERS[kind](size)) for size in (1_000, 100_000))
    assert cost_ratio(lambda: parse_headers(large), lambda: parse_headers(small)) < 64


def test_it_reads_a_snippet_of_a_number_that_python_refuses() -> None:
    assert parse_headers({"id": "m", "snippet": f"&#{'9' * 5_000};"}).snippet
