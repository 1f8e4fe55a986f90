"""HTML of any kind is answered within a second or shown as text, and costs the web's loop nothing (cleaning.py)."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

import nh3
import pytest

from gmail_sync.reading import rendering
from gmail_sync.reading.cleaners import Cleaners
from gmail_sync.reading.cleaning import START_SECONDS, answer
from gmail_sync.reading.rendering import Rendered, Source

HARD = {
    "depth": "<div>" * 200_000,
    "attributes": "<a " + " ".join(f"a{number}=1" for number in range(60_000)) + ">x</a>",
    "references": "a&" * 400_000,
    "size": "<p>word</p>" * 3_000_000,
    "formatting": "".join(f"<font size={number}>" for number in range(900)) + "<p>x" * 100_000,
    "comments": "<!--" * 200_000,
    "nothing": "<" * 900_000,
}


@pytest.fixture(scope="module")
def cleaners() -> Iterator[Cleaners]:
    """One process, whose next start everybody waits for."""
    cleaners = Cleaners(processes=1, wait=START_SECONDS)
    yield cleaners
    cleaners.close()


def render(cleaners: Cleaners, html: str) -> Rendered:
    return cleaners.render([Source(html, "The plain text")], {}, False)


@pytest.mark.parametrize("kind", HARD)
def test_mail_page_12_it_shows_the_text_of_what_is_too_hard(cleaners: Cleaners, kind: str) -> None:
    rendered = render(cleaners, HARD[kind])
    assert "The plain text" in rendered.html or not rendered.notice
    assert render(cleaners, "<p>Next</p>").html == "<div><p>Next</p></div>"


def test_mail_page_13_it_shows_the_plain_text_when_nh3_panics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's panic is no Exception."""
    faulty = partial(nh3.clean, tags={"style"}, filter_style_properties={"color"}, clean_content_tags=set())
    monkeypatch.setattr(rendering, "clean", lambda html, *_: faulty(f"<style>{html}</style>"))
    with pytest.raises(BaseException, match="stylesheet"):
        rendering.render([Source("<p>x</p>", None)], {}, False)
    asked = {"sources": [asdict(Source("<p>x</p>", "The plain text"))], "addresses": {}, "with_pictures": False}
    assert "The plain text" in answer(asked).html


@pytest.mark.parametrize("html", ["", "   ", "<div></div>", "<!-- x -->", "\0", "\ufffd\0<p>", "<p>&nbsp;</p>"])
def test_mail_page_12_it_falls_back_to_the_plain_text_when_nothing_is_left(cleaners: Cleaners, html: str) -> None:
    assert "The plain text" in render(cleaners, html).html or "\ufffd" in html


def test_mail_page_12_it_never_blocks_the_loop_of_the_web(cleaners: Cleaners) -> None:
    async def longest_pause() -> float:
        busy = asyncio.create_task(asyncio.to_thread(render, cleaners, f"<p>{HARD['attributes']}"))
        longest, looks = 0.0, 0
        while not busy.done():
            begun = time.thread_time()
            await asyncio.sleep(0.01)
            longest, looks = max(longest, time.thread_time() - begun), looks + 1
        assert looks > 3
        return longest

    assert asyncio.run(longest_pause()) < 0.1  # of our own thread's work: the machine may have other


def test_it_goes_on_after_its_process_was_killed(cleaners: Cleaners) -> None:
    (cleaning,) = cleaners._all
    assert cleaning._process is not None
    cleaning._process.kill()
    cleaning._process.wait()
    assert render(cleaners, "<p>After</p>").html == "<div><p>After</p></div>"
