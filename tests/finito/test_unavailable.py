"""Errors of real databases, and the page that each leads to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.utils import ConnectionHandler
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from finito.unavailable import nothing_here, page_failed

pytestmark = pytest.mark.django_db(transaction=True)
GONE = {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "HOST": "127.0.0.1", "PORT": "9"}


def connect(database: dict[str, Any]) -> None:
    ConnectionHandler({"default": database})["default"].ensure_connection()


def ask(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def status_after(failure: Callable[[], object]) -> int:
    try:
        failure()
    except Exception:
        return page_failed(RequestFactory().get("/")).status_code
    raise AssertionError("it did not fail")


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (lambda: connect(GONE), 503),
        (lambda: connect({"ENGINE": "django.db.backends.sqlite3", "NAME": "/nowhere/x.sqlite3"}), 503),
        (lambda: ask("SELECT 1 FROM no_such_thing"), 503),
        (lambda: User.objects.bulk_create([User(username="ann"), User(username="ann")]), 500),
        (lambda: Path("/nowhere").read_text(), 500),
        (lambda: [][0], 500),
    ],
)
def test_it_tells_a_database_that_is_away_from_a_fault_of_ours(failure: Callable[[], object], status: int) -> None:
    assert status_after(failure) == status


def test_it_answers_one_sentence_and_asks_for_patience(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    client.raise_request_exception = False
    ask("ALTER TABLE gmail_sync_gmailaccount RENAME TO put_aside")
    try:
        page = client.get("/")
    finally:
        ask("ALTER TABLE put_aside RENAME TO gmail_sync_gmailaccount")
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert page.content.decode().count("The database does not answer, or has not been set up yet") == 1


def test_it_leaves_no_connection_in_a_thread_of_no_request(client: Client) -> None:
    User.objects.create_user("ann")
    request = RequestFactory().get("/nothing/")
    request.user = SimpleLazyObject(User.objects.get)  # type: ignore[assignment]  # as the middleware's, asked late
    with ThreadPoolExecutor(1) as thread:
        page = thread.submit(nothing_here, request, Http404()).result()
        assert b"ann" in page.content
        assert thread.submit(lambda: connection.connection).result() is None
