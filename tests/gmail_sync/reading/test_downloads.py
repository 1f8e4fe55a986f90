"""Large files take few places and have an end; pictures and other people wait for none of them (downloads.py)."""

import asyncio
import gc
from email.message import EmailMessage

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from gmail_sync.reading import sending, threads
from gmail_sync.reading.downloads import LARGE_BYTES, MOST, MOST_OF_ONE, PIECE_BYTES, Download, Downloads
from tests.gmail_sync.reading.conftest import Receive, address

pytestmark = pytest.mark.any_database

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"
LARGE = b"x" * (LARGE_BYTES + 100_000)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    places = Downloads(wait=0.05)
    monkeypatch.setattr(sending, "downloads", places)
    return places


def with_a_picture_and_something_large() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "mira@x.example", "Files"
    mail.set_content('<p><img src="cid:pic@x"></p>', subtype="html")
    mail.add_related(PNG, "image", "png", cid="<pic@x>")
    mail.add_attachment(LARGE, maintype="application", subtype="zip", filename="large.zip")
    return mail.as_bytes()


def url_of(browser: Client, parts: str, mime_type: str) -> str:
    (file,) = [one for one in browser.get(parts).json()["attachments"] if one["mime_type"] == mime_type]
    return str(file["url"])


def test_a_picture_comes_while_all_places_are_taken_and_something_large_hangs(
    reader: Client, receive: Receive, places: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(with_a_picture_and_something_large())
    parts = address(message, "parts/")
    picture, large = url_of(reader, parts, "image/png"), url_of(reader, parts, "application/zip")
    taken = [places.begin(user_id) for user_id in range(1_000, 1_000 + MOST)]
    monkeypatch.setattr(threads, "SECONDS", 5.0)
    with threads.one_large():
        assert reader.get(f"{picture}?inline=1").content == PNG
        answer = reader.get(large)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Other large files are on their way" in answer.content.decode()
    assert all(taken)


def test_a_large_file_comes_in_pieces_and_gives_its_place_back(
    reader: Client, receive: Receive, places: Downloads, ann: User
) -> None:
    message = receive(with_a_picture_and_something_large())
    large = url_of(reader, address(message, "parts/"), "application/zip")

    async def download() -> None:
        browser = AsyncClient()
        await browser.aforce_login(ann)
        for _ in range(MOST + 1):
            answer = await browser.get(large)
            octets = b"".join([piece async for piece in answer])  # type: ignore[attr-defined]
            assert (octets, answer.headers["Content-Length"]) == (LARGE, str(len(LARGE)))
            answer.close()

    asyncio.run(download())


def test_one_person_has_two_places_and_leaves_the_others_to_others(places: Downloads) -> None:
    mine = [places.begin(1) for _ in range(MOST_OF_ONE + 1)]
    assert [bool(download) for download in mine] == [True] * MOST_OF_ONE + [False]
    assert places.begin(2)
    assert mine[0]
    mine[0].close()
    assert places.begin(1)


def test_a_request_that_went_away_leaves_no_place_taken(places: Downloads) -> None:
    for _ in range(MOST + 1):
        download = places.begin(1)
        assert download
        del download
        gc.collect()
    short = Downloads(longest=0.0, wait=0.0)
    over = [short.begin(1) for _ in range(MOST + 1)]
    assert all(over)  # whatever happened to them, their time has passed


def test_who_takes_nothing_is_cut_off_when_the_time_is_over() -> None:
    async def read() -> int:
        download = Download(1, longest=0.05)
        download.octets = b"x" * 10 * PIECE_BYTES
        pieces = 0
        async for _ in download:
            pieces += 1
            await asyncio.sleep(3_600 if pieces > 2 else 0)  # as a write that nobody reads
        return pieces

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(read())
