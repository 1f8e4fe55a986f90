"""Many open mails at once, and some of those mean harm: each is answered soon, and a harmless one is cleaned."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gmail_sync.reading import rendering
from gmail_sync.reading.cleaners import RETRY_SECONDS, Cleaners, TooMuchLately
from gmail_sync.reading.rendering import BUSY, TOO_HARD, Rendered, Source

OPENINGS = 20


def hostile(number: int) -> str:
    """HTML that keeps a parser busy for many seconds."""
    return f"<i id={number}><a " + " ".join(f"a{number}=1" for number in range(60_000)) + ">x</a>"


@pytest.fixture
def cleaners() -> Iterator[Cleaners]:
    cleaners = Cleaners()
    for cleaning in cleaners._all:
        cleaning.clean([Source("<p>begin</p>", None)], {}, False)
    assert cleaners.render([Source("<p>begin</p>", None)], {}, False).html == "<div><p>begin</p></div>"
    yield cleaners
    cleaners.close()


def render(cleaners: Cleaners, html: str) -> Rendered:
    return cleaners.render([Source(html, "The plain text")], {}, False)


def test_it_cleans_small_mail_while_twenty_hostile_ones_are_opened(cleaners: Cleaners) -> None:
    over = threading.Event()

    def read_on() -> list[Rendered]:
        read: list[Rendered] = []
        while not over.is_set():
            read.append(render(cleaners, f"<p>{len(read)}</p>"))
            time.sleep(0.02)
        return read

    with ThreadPoolExecutor(OPENINGS + 1) as threads:
        reader = threads.submit(read_on)
        opened = list(threads.map(lambda number: render(cleaners, hostile(number)), range(OPENINGS)))
        over.set()
    assert {rendered.html for rendered in opened} == {"<pre>The plain text</pre>"}
    assert {rendered.notice for rendered in opened} <= {TOO_HARD, BUSY}
    read = reader.result()
    assert [rendered.html for rendered in read] == [f"<div><p>{number}</p></div>" for number in range(len(read))]
    assert read


def test_it_tries_a_mail_that_was_too_much_once(cleaners: Cleaners) -> None:
    processes = [cleaning._process for cleaning in cleaners._all]
    assert [render(cleaners, hostile(1)).notice for _ in range(OPENINGS)] == [TOO_HARD] * OPENINGS
    ended = [before for before, now in zip(processes, cleaners._all, strict=True) if before is not now._process]
    assert len(ended) == 1
    assert render(cleaners, "<p>After</p>").html == "<div><p>After</p></div>"


def test_it_holds_a_pause_of_the_machine_against_no_mail(cleaners: Cleaners) -> None:
    for cleaning in cleaners._all:
        assert cleaning._process is not None
        os.kill(cleaning._process.pid, signal.SIGSTOP)
    late = render(cleaners, "<p>harmless</p>")
    assert (late.notice, late.retry_after) == (BUSY, RETRY_SECONDS)
    assert len(cleaners.too_much) == 0


def test_it_says_so_when_all_are_at_work() -> None:
    cleaners = Cleaners(processes=1, wait=0.01)
    with cleaners._one_free(large=False):
        rendered = render(cleaners, "<p>x</p>")
    assert (rendered.html, rendered.notice) == ("<pre>The plain text</pre>", BUSY)
    assert not len(cleaners.too_much)
    assert render(cleaners, "<p>x</p>").html == "<div><p>x</p></div>"
    cleaners.close()


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_it_shows_the_text_when_there_is_no_process(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr("sys.executable", program)
    cleaners = Cleaners()
    assert render(cleaners, "<p>x</p>").notice == BUSY
    assert not len(cleaners.too_much)
    cleaners.close()


def test_it_forgets_what_was_too_much_after_a_while_and_above_a_number() -> None:
    lately = TooMuchLately(most=3)
    for number in range(5):
        lately.add(b"%d" % number)
    assert [b"%d" % number in lately for number in range(5)] == [False, False, True, True, True]
    soon = TooMuchLately(seconds=0.0)
    soon.add(b"1")
    assert b"1" not in soon


@pytest.mark.parametrize(
    "html", ["<" * 900_000, "<style" * 150_000, "<p" * 400_000, "&" * 900_000, "<style>" + "<" * 900_000]
)
def test_the_text_of_any_html_is_soon_at_hand(html: str) -> None:
    """In the web itself, where nothing can end it."""
    begun = time.thread_time()
    rendering.render_in_haste([Source(html, None)], TOO_HARD)
    assert time.thread_time() - begun < 1  # of our own thread's work: what is not linear takes minutes
