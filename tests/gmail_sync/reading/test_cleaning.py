"""HTML of any kind is answered within a second or shown as text, and costs the web's loop nothing (cleaning.py)."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

import nh3
import pytest

from gmail_sync.reading import rendering
from gmail_sync.reading.cleaning import Cleaning, answer
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
def cleaning() -> Iterator[Cleaning]:
    cleaning = Cleaning()
    cleaning.render([Source("<p>begin</p>", None)], {}, False)
    yield cleaning
    cleaning.close()


def render(cleaning: Cleaning, html: str, plain: str = "The plain text") -> Rendered:
    return cleaning.render([Source(html, plain)], {}, False)


@pytest.mark.parametrize("kind", HARD)
def test_it_shows_the_text_of_what_is_too_hard(cleaning: Cleaning, kind: str) -> None:
    rendered = render(cleaning, HARD[kind])
    assert "The plain text" in rendered.html or not rendered.notice
    assert render(cleaning, "<p>Next</p>").html == "<div><p>Next</p></div>"


def test_it_shows_the_plain_text_when_nh3_panics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's panic is no Exception."""
    faulty = partial(nh3.clean, tags={"style"}, filter_style_properties={"color"}, clean_content_tags=set())
    monkeypatch.setattr(rendering, "clean", lambda html, *_: faulty(f"<style>{html}</style>"))
    with pytest.raises(BaseException, match="stylesheet"):
        rendering.render([Source("<p>x</p>", None)], {}, False)
    asked = {"sources": [asdict(Source("<p>x</p>", "The plain text"))], "addresses": {}, "with_pictures": False}
    assert "The plain text" in answer(asked).html


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_it_shows_the_plain_text_when_there_is_no_process(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr("sys.executable", program)
    ended = Cleaning()
    assert "The plain text" in render(ended, "<p>x</p>").html
    ended.close()


@pytest.mark.parametrize("html", ["", "   ", "<div></div>", "<!-- x -->", "\0", "\ufffd\0<p>", "<p>&nbsp;</p>"])
def test_it_falls_back_to_the_plain_text_when_nothing_is_left(cleaning: Cleaning, html: str) -> None:
    assert "The plain text" in render(cleaning, html).html or "\ufffd" in html


def test_it_never_blocks_the_loop_of_the_web(cleaning: Cleaning) -> None:
    async def longest_pause() -> float:
        busy = asyncio.create_task(asyncio.to_thread(render, cleaning, HARD["attributes"]))
        longest, looks = 0.0, 0
        while not busy.done():
            begun = time.thread_time()
            await asyncio.sleep(0.01)
            longest, looks = max(longest, time.thread_time() - begun), looks + 1
        assert looks > 3
        return longest

    assert asyncio.run(longest_pause()) < 0.1  # of our own thread's work: the machine may have other


def test_it_goes_on_after_its_process_was_killed(cleaning: Cleaning) -> None:
    assert cleaning._process is not None
    cleaning._process.kill()
    cleaning._process.wait()
    assert render(cleaning, "<p>After</p>").html == "<div><p>After</p></div>"
