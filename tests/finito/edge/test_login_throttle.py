"""Guessing a password ends after ten times; nobody but the guesser is shut out."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def users(transactional_db: None) -> None:
    for name in ("ann", "bob"):
        User.objects.create_superuser(name, password=name)


def login(
    name: str = "ann", password: str = "wrong", address: str = HERE, path: str = "/login/", agent: str = "a"
) -> Any:
    fields = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post(path, fields, headers={"User-Agent": agent})


def guess(times: int, **more: str) -> int:
    """The status of the last answer."""
    statuses: list[int] = [login(agent=str(number), **more).status_code for number in range(times)]
    return statuses[-1]


def test_it_ends_guessing_at_the_tenth_time() -> None:
    assert guess(9) == 200
    refused = login()
    assert refused.status_code == 429
    assert "The password was wrong 10 times. Wait 15 minutes" in refused.content.decode()
    assert login(password="ann").status_code == 429


def test_it_ends_guessing_at_the_admins_login_too() -> None:
    guess(5)
    assert guess(5, path="/admin/login/?next=/admin/") == 429


@pytest.mark.parametrize("other", [{"address": ELSEWHERE}, {"name": "bob", "password": "bob"}])
def test_it_shuts_nobody_else_out(other: dict[str, str]) -> None:
    guess(10)
    assert login(**{"password": "ann", **other}).status_code == 302


def test_it_opens_again_after_a_quarter_of_an_hour_even_to_who_kept_trying() -> None:
    guess(12)
    minutes = timedelta(minutes=15)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - minutes + timedelta(seconds=30))
    assert login(password="ann").status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(seconds=30))
    assert login(password="ann").status_code == 302


def test_it_forgets_the_failures_at_a_success() -> None:
    guess(9)
    assert login(password="ann").status_code == 302
    assert guess(9) == 200


def test_it_leaves_no_row_of_a_login_and_none_of_old_failures() -> None:
    guess(3)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))
    login("bob", "bob")
    assert (AccessAttempt.objects.count(), AccessLog.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),  # one home
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", HERE, True),
        ("unreadable", "", True),
    ],
)
def test_it_counts_a_network_of_ipv6_as_one_client(first: str, second: str, one: bool) -> None:
    guess(9, address=first)
    assert (guess(1, address=second) == 429) == one


def test_it_tells_the_log_neither_name_nor_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    guess(11, name="ann@gmail.example", password="a-typed-password")
    assert "Locking out" in caplog.text
    for private in ("ann@gmail.example", "a-typed-password", HERE):
        assert private not in caplog.text
    assert not AccessAttempt.objects.filter(post_data__contains="a-typed-password").exists()
