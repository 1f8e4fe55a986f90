"""The generated mail: as odd as real mail, and always the same (mailbox/compose.py)."""

import html
from email.header import decode_header, make_header

from simulator.mailbox.compose import compose
from simulator.mailbox.message import Content
from simulator.mailbox.phrases import SUBJECTS

MAILS = [compose(1, "a@example.com", number, 1_795_000_000) for number in range(600)]


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def test_it_writes_the_same_mail_for_the_same_number() -> None:
    assert compose(1, "a@example.com", 5, 1_795_000_000) == MAILS[5]
    assert compose(2, "a@example.com", 5, 1_795_000_000) != MAILS[5]


def test_it_encodes_headers_in_every_way_that_mail_knows() -> None:
    subjects = [mail.content.header("Subject").lower() for mail in MAILS]
    for start in ("=?utf-8?b?", "=?utf-8?q?", "=?iso-8859-1?q?", "🎉"):
        assert any(subject.startswith(start) for subject in subjects), start


def test_it_writes_subjects_that_decode_to_what_was_meant() -> None:
    assert {decoded(mail.content.header("Subject")) for mail in MAILS} == set(SUBJECTS)


def test_it_breaks_no_header_into_lines() -> None:
    assert not any("\n" in value for mail in MAILS for _, value in mail.content.headers)


def test_it_writes_some_bodies_of_fifty_kilobytes() -> None:
    assert any(len(mail.content.text.encode()) >= 50_000 for mail in MAILS)


def test_it_cuts_and_escapes_the_snippet_as_gmail_does() -> None:
    assert Content((), "Tom & 'Ada'\n <b>\t\"x\"").snippet() == "Tom &amp; &#39;Ada&#39; &lt;b&gt; &quot;x&quot;"
    assert all(len(html.unescape(mail.content.snippet())) <= 200 for mail in MAILS)
