"""SIGN_IN_ALLOWED: whom it admits (consent/sign_in.py), and what of it cannot be read (sign_in_checks.py)."""

from typing import Any

import pytest

from gmail_sync.consent import sign_in
from gmail_sync.consent.sign_in_checks import mail_can_be_sent, sign_in_allowed_can_be_read


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.SIGN_IN_ALLOWED = ["gmail.example", "ann@elsewhere.example"]


ADMITTED = ["user@gmail.example", "USER@Gmail.Example", "a.b+c@gmail.example", "ann@elsewhere.example"]


REFUSED = [
    *("user@sub.gmail.example", "user@notgmail.example", "user@gmail.example.evil.example", "bob@elsewhere.example"),
    *("user@gmail.example@evil.example", "user@evil.example@gmail.example", "gmail.example", "@gmail.example", ""),
    *("user@gmail.example.", "user@gmail.example\n", " user@gmail.example", "user @gmail.example"),
    *("user@ɡmail.example", "user@gmail。example", "user@gmail.exam\u200bple", "ann\u212a@gmail.example"),
    "x" * 65 + "@gmail.example",
]


@pytest.mark.parametrize("email", ADMITTED)
def test_it_admits(email: str) -> None:
    assert sign_in.is_allowed(email)


@pytest.mark.parametrize("email", REFUSED)
def test_it_refuses(email: str) -> None:
    assert not sign_in.is_allowed(email)


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "@gmail.example",
        "*.gmail.example",
        ".gmail.example",
        "gmail",
        "ann@",
        "https://gmail.example",
        "exämple.org",
    ],
)
def test_a_malformed_entry_admits_nobody_and_is_told(settings: Any, entry: str) -> None:
    settings.SIGN_IN_ALLOWED = [entry]
    assert not any(map(sign_in.is_allowed, [*ADMITTED, entry]))
    (error,) = sign_in_allowed_can_be_read()
    assert (error.id, entry in error.msg) == ("finito.E040", False)


def test_it_is_satisfied_with_addresses_and_domains(settings: Any) -> None:
    settings.SIGN_IN_ALLOWED = ["Example.org", "Ann.B+c@x.example", "xn--exmple-cua.org"]
    assert sign_in_allowed_can_be_read() == []
    settings.GOOGLE_CLIENT_ID = ""
    assert [warning.id for warning in sign_in_allowed_can_be_read()] == ["finito.W040"]


def test_it_wants_a_mail_server_and_a_sender_or_neither(settings: Any) -> None:
    assert mail_can_be_sent() == []
    settings.EMAIL_URL = "smtp://mail.example"
    assert [error.id for error in mail_can_be_sent()] == ["finito.E042"]
    settings.EMAIL_URL_READABLE = False
    assert [error.id for error in mail_can_be_sent()] == ["finito.E041"]
