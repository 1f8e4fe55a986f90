"""What somebody searches for, read: dates in their zone, and the terms for the mirror (query.py)."""

from zoneinfo import ZoneInfo

import pytest

from gmail_sync.searching.query import LONGEST, Term, Unusable, for_gmail, names_spam_or_trash, parse, terms, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = 1_793_487_600  # 2026-11-01 in Berlin, already in winter time


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("after:2026/11/01 lease", f"after:{MIDNIGHT} lease"),
        ("older:2026-11-1", f"older:{MIDNIGHT}"),
        ("-before:11/01/2026", f"-before:{MIDNIGHT}"),
        ("(after:2026/11/01", f"(after:{MIDNIGHT}"),
        ('"after:2026/11/01"', '"after:2026/11/01"'),
        ("after:2026/13/01 hereafter:2026/11/01", "after:2026/13/01 hereafter:2026/11/01"),
        ("after:0000/01/01", "after:0000/01/01"),
        ("after:1700000000", "after:1700000000"),
        ("AFTER:2026/11/01 Older:2026-11-1", f"AFTER:{MIDNIGHT} Older:{MIDNIGHT}"),
        ("after:1969/07/20", "after:1969/07/20"),
    ],
)
def test_it_sends_dates_in_the_readers_zone(query: str, sent: str) -> None:
    assert for_gmail(query, BERLIN) == sent


@pytest.mark.parametrize(
    "name", ["", "Europe/Nowhere", "../../etc/passwd", "/etc/passwd", "Europe", "x" * 10_000, "\0"]
)
def test_it_knows_no_other_zone(name: str) -> None:
    assert zone_of(name) == ZoneInfo("UTC")


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (LONGEST + 1)])
def test_it_refuses_nothing_and_too_much(text: str) -> None:
    with pytest.raises(Unusable):
        parse(text)


def test_it_takes_the_terms_that_the_mirror_has() -> None:
    assert terms('lease OR from:mira -subject:"a b" larger:1M is:unread') == [
        Term("text", "lease"),
        Term("sender", "mira"),
        Term("subject", "a b", negated=True),
        Term("is", "unread"),
    ]
    assert len(terms("a " * 200)) == 10


@pytest.mark.parametrize(
    ("query", "names"),
    [("in:spam x", True), ("-in:trash", True), ("IN:anywhere", True), ("in:inbox", False), ("begin:spam", False)],
)
def test_it_asks_for_spam_and_trash_by_name(query: str, names: bool) -> None:
    assert names_spam_or_trash(query) is names
