"""Static files are answered for before Django: whole, once, and for as long as their version is the page's."""

import asyncio
import gzip
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client

from finito import static_storage
from finito.edge.static_files import StaticFiles

NAME = "gmail_sync/inbox.js"
CONTENT = (settings.BASE_DIR / "gmail_sync/static" / NAME).read_bytes()
PLAIN, OTHER = f"/static/{NAME}", f"/static/v-0123456789ab/{NAME}"


async def otherwise(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body"})


def ask(path: str, method: str = "GET", scheme: str = "http", **fields: str) -> httpx.Response:
    application: Any = StaticFiles(otherwise)

    async def as_it_is(scope: Any, receive: Any, send: Any) -> None:  # httpx would shorten it
        await application({**scope, "path": path}, receive, send)

    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(as_it_is)) as client:
            headers = {name.replace("_", "-"): value for name, value in fields.items()}
            return await client.request(method, f"{scheme}://testserver/", headers=headers)

    return asyncio.run(asking())


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (static(NAME), "max-age=31536000, public, immutable"),
        (OTHER, "no-cache"),  # a page of another release, which runs beside this one
        (PLAIN, "max-age=60, public"),
    ],
)
def test_it_is_kept_for_as_long_as_it_is_the_same(path: str, kept: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, CONTENT, kept)
    known = ask(path, if_none_match=answer.headers["etag"])
    assert (known.status_code, known.content, known.headers["cache-control"]) == (304, b"", kept)
    assert ask(path, if_modified_since=answer.headers["last-modified"]).status_code == 304


def test_a_file_that_changed_has_another_tag(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Images of containers are made with all times the same, and a change may keep the size."""
    file = tmp_path / "inbox.js"
    monkeypatch.setitem(static_storage.found(), NAME, file)
    settings.DEBUG = True
    tags = set()
    for content in (b"a", b"b", b"a"):
        file.write_bytes(content)
        os.utime(file, (1, 1))
        tags.add(ask(PLAIN).headers["etag"])
    assert len(tags) == 2


def test_text_goes_compressed_to_whoever_takes_that() -> None:
    plain, small = ask(PLAIN, accept_encoding="identity"), ask(PLAIN, accept_encoding="gzip, br")
    assert plain.content == small.content == CONTENT
    assert int(plain.headers["content-length"]) == len(CONTENT)
    assert int(small.headers["content-length"]) == len(gzip.compress(CONTENT, mtime=0)) < len(CONTENT) / 2
    assert plain.headers["vary"] == small.headers["vary"] == "accept-encoding"


def test_a_head_has_the_headers_alone() -> None:
    got, head = ask(PLAIN), ask(PLAIN, "HEAD")
    assert (head.status_code, head.content, head.headers) == (200, b"", got.headers)


def test_a_part_is_answered_with_the_whole() -> None:
    answer = ask(PLAIN, range="bytes=0-9")
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_nothing_is_put_there() -> None:
    assert ask(PLAIN, "POST").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static",
        "/static/",
        "/static/nothing.js",
        "/static/gmail_sync/",
        f"/static//{NAME}",
        f"/static/../static/{NAME}",
        "/static/../settings.py",
        f"/static/v-/{NAME}",
        f"/static/v-a/v-b/{NAME}",
        f"/nothing/static/{NAME}",
        PLAIN.upper(),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_all_else_is_answered_elsewhere(settings: Any, path: str, debug: bool) -> None:
    settings.DEBUG = debug
    assert ask(path).status_code == 418


def test_its_headers_are_those_of_a_page(client: Client, db: None) -> None:
    page, file = client.get("/nothing/").headers, ask(PLAIN).headers
    policies = set(page) - {"Content-Type", "Cache-Control", "X-Frame-Options", "Content-Length", "Vary"}
    assert "Content-Security-Policy" in policies
    assert {name: file[name] for name in policies} == {name: page[name] for name in policies}


def test_it_redirects_to_https_as_a_page_does(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    assert ask(PLAIN).status_code == 418
    answer = ask(PLAIN, scheme="https")
    assert (answer.status_code, "max-age=60" in answer.headers["strict-transport-security"]) == (200, True)


def test_the_version_is_that_of_what_is_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who deploys by writing new files below a web that still runs: it answers as before, and says no other version."""
    file = tmp_path / "inbox.js"
    file.write_bytes(CONTENT)
    before = static(NAME)
    monkeypatch.setitem(static_storage.found(), NAME, file)
    file.write_bytes(b"new")
    answer = ask(before)
    assert (static(NAME), answer.content) == (before, CONTENT)
    static_storage.contents.cache_clear()
    static_storage.version.cache_clear()
    try:
        assert static(NAME) != before
        assert (ask(static(NAME)).content, ask(before).headers["cache-control"]) == (b"new", "no-cache")
    finally:
        monkeypatch.undo()
        static_storage.contents.cache_clear()
        static_storage.version.cache_clear()
    assert static(NAME) == before


def test_what_is_edited_is_seen_at_once(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.DEBUG = True
    assert static(NAME) == PLAIN
    assert ask(PLAIN).content == CONTENT
    file = tmp_path / "inbox.js"
    monkeypatch.setitem(static_storage.found(), NAME, file)
    for edited in (b"once", b"twice"):
        file.write_bytes(edited)
        assert ask(PLAIN).content == edited
