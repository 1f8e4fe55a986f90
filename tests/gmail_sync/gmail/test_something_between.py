"""A portal, a proxy or an error page in Gmail's place: nothing of it is about the mailbox (gmail/http.py)."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from gmail_sync.gmail import http as gmail_http
from gmail_sync.models import GmailAccount, GmailWatch, Message
from tests.support.google.harness import Mailbox, attempt_sync, events
from tests.support.google.raw_server import Act, RawServer, Visit, answers

PAGE = b"<html>Welcome to the Wi-Fi</html>"


def chunks_of_garbage(visit: Visit) -> None:
    visit.read()
    visit.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\x00\r\n")


def no_http_at_all(visit: Visit) -> None:
    visit.read()
    visit.sock.sendall(b"220 mail.example ESMTP\r\n")


BETWEEN: dict[str, Act] = {
    **{f"page {status}": answers(status, PAGE, content_type="text/html") for status in (200, 400, 401, 403, 404)},
    **{f"no body {status}": answers(status, b"") for status in (200, 401, 404, 407, 511)},
    "redirect": answers(302, PAGE, location="https://portal.example/"),
    "permanent redirect": answers(308, PAGE, location="http://127.0.0.1:9/"),
    "redirect without an address": answers(301, b""),
    "another program's JSON": answers(401, {"message": "Unauthorized"}),
    "another program's 404": answers(404, {"error": "not_found"}),
    "a challenge that cannot be read": answers(401, PAGE, content_type="text/html", www_authenticate='"\\x00,=,'),
    "JSON of another shape": answers(200, {"ok": True}),
    "a list": answers(200, []),
    "numbers that are none": answers(200, {"historyId": "soon", "expiration": "never", "emailAddress": 7}),
    "numbers beyond all columns": answers(200, {"historyId": "9" * 30, "expiration": "9" * 30}),
    "broken gzip": answers(200, b"no gzip", content_encoding="gzip"),
    "an error whose text is a number": answers(403, {"error": {"code": 7, "message": 7}}),
    "chunks of garbage": chunks_of_garbage,
    "no HTTP at all": no_http_at_all,
}


@pytest.mark.parametrize("between", BETWEEN)
def test_rule_18_what_stands_in_gmails_place_says_nothing_about_the_mailbox(
    gmail: Mailbox, account: GmailAccount, ann: User, settings: Any, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    before = (account.history_id, Message.objects.count())
    GmailWatch.objects.update(renew_at=None)
    with RawServer(BETWEEN[between]) as server:
        settings.GMAIL_API_ROOT = server.url
        fresh = gmail_http.service.__wrapped__()
        for module in ("http", "api"):
            monkeypatch.setattr(f"gmail_sync.gmail.{module}.service", lambda: fresh)
        for _ in range(6):
            assert attempt_sync(account) == "retry"
        assert server.seen
    assert (account.state, account.watch.state, events(ann)) == ("connected", "active", [])
    assert (account.history_id, Message.objects.count()) == before
    assert account.last_error.startswith(("GmailUnavailable", "HistoryUnavailable"))
