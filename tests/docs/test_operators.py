"""docs/operators.md: its commands take what it says, and /readyz answers as it shows."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.test import Client

from tests.docs.texts import DOCUMENTS
from tests.test_contract import COMMANDS

PAGE = DOCUMENTS[Path("docs/operators.md")]
ROWS = dict(re.findall(r"^\| `(\w+)([^`]*)` \|", PAGE, re.MULTILINE))


def test_it_has_every_command() -> None:
    assert sorted(ROWS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", ROWS)
def test_it_shows_options_that_the_command_takes(name: str) -> None:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    assert set(re.findall(r"--[\w-]+", ROWS[name])) <= set(parser._option_string_actions)


@pytest.mark.django_db(transaction=True)
def test_it_shows_what_readyz_says() -> None:
    shown = re.search(r"`\{(\"status\".*?)\}`", PAGE)
    assert shown is not None
    fields = dict(re.findall(r'"(\w+)":"([\w|]+)"', shown[1]))
    answer = Client().get("/readyz").json()
    assert answer.keys() == fields.keys()
    assert all(value in fields[name].split("|") for name, value in answer.items())
