"""The token endpoint as it is in real life: redirects, drips and things that are no token; secrets go nowhere else."""

import gzip
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from gmail_sync.consent import google
from gmail_sync.exceptions import ConsentFailed, GmailUnavailable
from gmail_sync.gmail.token_endpoint import GrantCredentials
from gmail_sync.google import http as google_http
from gmail_sync.google.http import Http
from gmail_sync.models import GmailAccount
from tests.support.google.harness import Mailbox, attempt_sync
from tests.support.google.raw_server import Act, RawServer, answers, drip_body, drip_head, hang, never_end

GRANTED = {"access_token": "ya29.fresh", "expires_in": 3599, "token_type": "Bearer", "refresh_token": "1//r"}
NO_TOKENS: list[Any] = [7, "", "a b", "a\r\nX-Other: y", "é", None, []]
NO_LIFETIMES: list[Any] = ["soon", "3599", -5, 10**12, []]
UNUSABLE: list[dict[str, Any]] = [
    *({**GRANTED, "access_token": value} for value in NO_TOKENS),
    *({**GRANTED, "expires_in": value} for value in NO_LIFETIMES),
    {**GRANTED, "token_type": "mac"},
    {},
]


def refresh() -> None:
    """Ask with what is stored."""
    GrantCredentials({"refresh_token": "1//secret"}).refresh(None)


def consent() -> None:
    """Redeem a code."""
    google.exchange("4/secret", "a-verifier-that-is-secret", "http://localhost/accounts/callback/")


def revoke() -> None:
    """Give a grant back, which never fails."""
    google.revoke({"refresh_token": "1//secret"})


@pytest.fixture
def point(settings: Any) -> Callable[[str], None]:
    """Have all of Google's OAuth addresses be there."""

    def to(url: str) -> None:
        for name in ("GOOGLE_TOKEN_URL", "GOOGLE_REVOKE_URL", "GOOGLE_USERINFO_URL"):
            setattr(settings, name, url)

    return to


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ask", [refresh, consent, revoke])
def test_it_follows_no_redirect_with_a_secret(
    point: Callable[[str], None], ask: Callable[[], None], status: int
) -> None:
    with (
        RawServer(answers(200, GRANTED)) as elsewhere,
        RawServer(answers(status, b"", location=elsewhere.url)) as server,
    ):
        point(server.url)
        if ask is revoke:
            ask()
        else:
            with pytest.raises((GmailUnavailable, ConsentFailed)):
                ask()
        assert (len(server.seen), elsewhere.seen) == (1, [])


@pytest.mark.parametrize("document", UNUSABLE)
@pytest.mark.parametrize("ask", [refresh, consent])
def test_it_takes_no_token_that_cannot_be_used(
    point: Callable[[str], None], ask: Callable[[], None], document: dict[str, Any]
) -> None:
    with RawServer(answers(200, document)) as server:
        point(server.url)
        with pytest.raises((GmailUnavailable, ConsentFailed)):
            ask()
        assert len(server.seen) == 1


def test_it_stores_nothing_of_an_unusable_answer(gmail: Mailbox, account: GmailAccount, settings: Any) -> None:
    gmail.account("expire_tokens")
    before = account.credentials.open()
    with RawServer(answers(200, {**GRANTED, "access_token": "line\nbreak"})) as server:
        settings.GOOGLE_TOKEN_URL = server.url
        assert attempt_sync(account) == "retry"
    assert account.credentials.open() == before


def test_it_asks_for_a_new_token_where_a_stored_one_cannot_be_used() -> None:
    for token in ("line\nbreak", 7, "", None):
        assert GrantCredentials({"token": token, "expiry": "2999-01-01T00:00:00", "refresh_token": "r"}).token is None


@pytest.mark.slow
@pytest.mark.parametrize("act", [drip_body, drip_head, never_end])
@pytest.mark.parametrize("ask", [refresh, consent, revoke])
def test_rule_20_an_answer_without_an_end_holds_nobody(
    point: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, ask: Callable[[], None], act: Act
) -> None:
    monkeypatch.setattr(Http, "total", 1.5)
    monkeypatch.setattr(google_http, "_local", threading.local())  # which keeps one with its former bound
    with RawServer(act) as server:
        point(server.url)
        began = time.monotonic()
        if ask is revoke:
            ask()
        else:
            with pytest.raises((GmailUnavailable, ConsentFailed)):
                ask()
        assert time.monotonic() - began < 40  # the whole answers would take an hour
        assert len(server.seen) == 1


def test_rule_20_all_that_one_call_needs_ends_within_one_bound() -> None:
    http = Http(silence=5, total=60)
    with RawServer(hang) as server, http.within(0.5):
        for _ in range(3):
            with pytest.raises(OSError):  # noqa: PT011  (a timeout, by whichever name)
                http.request(server.url)


def test_rule_20_a_small_answer_that_unpacks_to_a_large_one_is_cut() -> None:
    bomb = gzip.compress(b" " * (8 << 20))
    with RawServer(answers(200, bomb, content_encoding="gzip")) as server, pytest.raises(Exception, match="exceed"):
        Http(largest=1 << 20).request(server.url)
