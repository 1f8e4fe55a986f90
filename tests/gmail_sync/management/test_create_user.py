"""`create_user`: one command that makes a user who is no operator."""

import io
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def create(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = "") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(password))
    out = io.StringIO()
    call_command("create_user", *arguments, stdout=out)
    return out.getvalue()


def test_it_takes_the_password_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    said = create(monkeypatch, "ann", "--email", "ann@example.org", password="a-long-password\nmore\n")
    user = User.objects.get()
    assert user.check_password("a-long-password")
    assert (user.username, user.email, user.is_staff, user.is_superuser) == ("ann", "ann@example.org", False, False)
    assert said == "ann can sign in at /login/ and is no operator.\n"


def test_it_makes_a_password_and_shows_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    (password,) = re.findall("Password, shown this once: (.+)", create(monkeypatch, "ann"))
    assert (len(password), User.objects.get().check_password(password)) == (16, True)


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (["root"], "", "There is a user root already"),
        (["ROOT"], "", "There is a user ROOT already"),
        (["ann"], "short", "too short"),
        (["an n"], "", "username"),
        (["x" * 151], "", "username"),
        ([""], "", "username"),
        (["ann", "--email", "nobody"], "", "email"),
    ],
)
def test_it_changes_nothing_otherwise(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], password: str, said: str
) -> None:
    root = User.objects.create_superuser("root", password="root")
    with pytest.raises(CommandError, match=said):
        create(monkeypatch, *arguments, password=password)
    assert (User.objects.count(), User.objects.get().password) == (1, root.password)
