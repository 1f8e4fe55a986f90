"""Every address answers whatever a stranger or a member sends, and never by a failure of its own."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.contrib.auth.models import User
from django.test import Client

from finito.asgi import application
from gmail_sync.urls import urlpatterns
from tests.finito.test_security import PATHS

OURS = [path for path in PATHS if not path.startswith(("/admin/", "/logout/"))]
NUMBERS = ["0", str(2**63), "9" * 30, "9" * 5_000]
VALUES = ["%00", "a%00b%ED%A0%80%FF", "-1", str(2**63), "9" * 5_000, "%0d%0aX:%20y~[]"]
NAMES = "q view account before after tz here whole open pictures files images inline warm thread lastEventId wait late"
NAMES += " message forget shown next username password email uid token state code error"
BODIES = [b"", b"\0", b"\xff", b"[" * 100_000, b"9" * 5_000, b"NaN", b"null", b'"\\ud800"', b"[]", b"{}" + b" " * 2**20]
BODIES += [b'{"client":"\\ud800","room":"\\ud800","state":[]}', b'{"client":{},"room":[],"state":{}}']
BODIES += [b'{"op":1e999,"account_id":1e999,"messages":["\\u0000"],"add":["\\ud800"]}']
TYPES = ["text/plain; charset*=bogus''x", "text/plain; charset*=utf-8''%00", f"a/b; charset={'x' * 9_000}"]
TYPES += [f"multipart/form-data; boundary=x; charset={name}" for name in ("hex", "undefined", "idna", "utf-16")]
TYPES += ["multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded; charset=zlib"]
FORM = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nann\r\n--x--\r\n'
URL_ENCODED = "application/x-www-form-urlencoded"
TOKEN = f"csrftoken={'a' * 32}"


@pytest.fixture
def browser(db: None) -> Client:
    """A signed-in operator, who reaches every page; a failure is an answer to them."""
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root", password="root"))
    return browser


def served(method: str, path: str, headers: dict[str, str] | None = None, content: bytes = b"") -> int:
    """Send a request to the application as a server hands it on; returns the status."""

    async def request() -> int:
        transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=30) as client:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
            return (await client.request(method, path, headers=raw, content=content)).status_code

    return asyncio.run(request())


def numbered(number: str) -> Iterator[str]:
    """Every address of ours that names a row, with this number."""
    for pattern in urlpatterns:
        if "<int:" in str(pattern.pattern):
            yield "/" + re.sub(r"<\w+:\w+>", "x", re.sub(r"<int:\w+>", number, str(pattern.pattern)))


@pytest.mark.parametrize("number", NUMBERS, ids=len)
def test_it_finds_nothing_by_a_number_that_no_column_holds(browser: Client, number: str) -> None:
    for path in numbered(number):
        for answer in (browser.get(path), browser.get(path, {"whole": "1"}), browser.post(path, {"message": "x"})):
            assert answer.status_code in (302, 404, 405), (path[:80], answer.status_code)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:20])
def test_it_reads_any_parameter(browser: Client, value: str) -> None:
    fields = "&".join(f"{name}={value}" for name in NAMES.split())
    for path in OURS:
        assert browser.get(f"{path}?{fields}").status_code < 500, path
        assert browser.post(path, fields.encode(), content_type=URL_ENCODED).status_code < 500, path


def test_it_reads_any_body(browser: Client) -> None:
    for path in ("/actions/", f"/actions/{'0' * 8}-0000-0000-0000-{'0' * 12}/undo/", "/presence/", "/labels/1/"):
        for body in BODIES:
            answer = browser.post(path, body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (path, body[:80])


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PROPFIND", "x"])
def test_it_answers_any_method(browser: Client, method: str) -> None:
    for path in OURS:
        assert browser.generic(method, path).status_code < 500, path


def test_whatever_can_be_got_has_a_head_and_is_kept_by_no_browser(browser: Client) -> None:
    for path in OURS:
        answer = browser.get(path)
        assert "no-store" in answer.headers.get("Cache-Control", ""), path
        if answer.status_code == 200:
            head = browser.head(path)
            assert (head.status_code, head.content) == (200, b""), path


def test_nobody_on_the_way_may_rewrite_a_page(browser: Client) -> None:
    for path in [*OURS, "/admin/", "/admin/auth/user/", "/nothing/"]:
        answer = browser.get(path)
        if answer.headers["Content-Type"].startswith("text/html"):
            assert "no-transform" in answer.headers["Cache-Control"], path


def test_whoever_signs_in_again_comes_to_a_page_and_to_no_address_of_a_form(browser: Client) -> None:
    for path in [*OURS, "/logout/", "/admin/logout/"]:
        if browser.get(path).status_code == 405:
            assert browser.get(f"/login/?next={quote(path)}").headers.get("Location") == "/", path


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind[:60])
def test_it_takes_nobodys_word_for_the_codec_of_a_body(db: None, kind: str) -> None:
    for path in ("/login/", "/gmail/push/", "/livez", "/nothing/"):
        for method in ("GET", "POST"):
            status = served(method, path, {"Content-Type": kind, "Cookie": TOKEN}, FORM)
            assert status < 500, (method, path)


@pytest.mark.parametrize("key", [r'"\000abcdefgh"', r'"\0\00000abcdefgh"', '"\\377abcdefgh"', "é" * 20, "a" * 60_000])
def test_a_session_that_nobody_can_have_is_none(db: None, key: str) -> None:
    for path, status in (("/", 302), ("/login/", 200), ("/messages/", 302), ("/admin/", 302)):
        assert served("GET", path, {"Cookie": f"sessionid={key}"}) == status, path


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
@pytest.mark.parametrize("name", ["a" * 151, "a" * 256, "é" * 5_000, "\0" * 300], ids=lambda name: f"{len(name)}")
def test_it_refuses_a_sign_in_by_a_name_of_any_length(client: Client, db: None, path: str, name: str) -> None:
    sent = {"username": name, "password": "wrong", "next": "\0", "more": "\0"}
    statuses = [client.post(f"{path}?more=%00", sent).status_code for _ in range(11)]
    assert statuses[0] == 200
    assert set(statuses) <= {200, 429}


@pytest.mark.parametrize("legacy", ["", "legacy"])
def test_it_survives_a_query_of_a_thousand_fields(db: None, settings: Any, legacy: str) -> None:
    settings.PUBSUB_PUSH_TOKEN = legacy
    query = "a=&" * 1_001
    assert served("POST", f"/gmail/push/?{query}") == 401
    assert served("GET", f"/?{query}") in (302, 400)
