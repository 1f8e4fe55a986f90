"""What README.md promises is there."""

import os
import re

import pytest
from django.core.management import get_commands
from django.test import Client
from django.urls import resolve

from launcher.environment import ROOT

README = (ROOT / "README.md").read_text()
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", README)))


@pytest.mark.parametrize("name", [name for name in QUOTED if re.fullmatch(r"[\w./-]+\.(py|js|md|txt|lock)", name)])
def test_it_names_files_that_exist(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"(?<![\w/])(?:bin|\.ci)/\w+", README))))
def test_it_names_programs_that_can_be_started(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_it_links_to_what_exists(target: str) -> None:
    assert (ROOT / target).exists()


def test_each_picture_is_shown_in_the_tour_and_no_other() -> None:
    shown = set(re.findall(r"\]\((pictures/\S+)\)", (ROOT / "docs" / "tour.md").read_text()))
    assert shown == {f"pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir()}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"bin/manage ([a-z_]+)", README))))
def test_it_names_management_commands_that_exist(command: str) -> None:
    assert command in get_commands()


@pytest.mark.parametrize("path", [name for name in QUOTED if re.fullmatch(r"/[a-z]+/?", name) and name != "/metrics"])
def test_it_names_addresses_that_are_served(path: str) -> None:
    assert resolve(path)


def test_it_shows_the_layout_as_it_is() -> None:
    for folder in re.findall(r"^(\w+)/ ", README, re.MULTILINE):
        assert (ROOT / folder).is_dir()


@pytest.mark.django_db(transaction=True)
def test_it_shows_what_readyz_says() -> None:
    shown = re.search(r"`\{(\"status\".*?)\}`", README)
    assert shown is not None
    fields = dict(re.findall(r'"(\w+)":"([\w|]+)"', shown[1]))
    answer = Client().get("/readyz").json()
    assert answer.keys() == fields.keys()
    assert all(value in fields[name].split("|") for name, value in answer.items())
