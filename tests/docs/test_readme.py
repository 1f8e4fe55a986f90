"""README.md: the way of a message, the folders, and the addresses are as they are."""

import re
from pathlib import Path

import pytest
from django.urls import resolve

from launcher.environment import ROOT
from tests.docs.texts import DOCUMENTS, FILES
from tests.test_architecture import WAY

README = DOCUMENTS[Path("README.md")]
ADDRESSES = {
    path for text in DOCUMENTS.values() for path in re.findall(r"`(?:GET |POST )?(/[a-z]+(?:/[a-z]+)*/?)`", text)
}
NOT_OURS = re.compile(r"^/(?:sim/|token|revoke|tmp|srv|etc|var|$)")  # the simulator's, and files


def test_it_tells_the_way_that_the_architecture_keeps() -> None:
    steps = re.findall(r"^(\d+)\. `([^`]+)`", README.partition("## How it works")[2], re.MULTILINE)
    assert [int(number) for number, _ in steps[: len(WAY)]] == list(range(1, len(WAY) + 1))
    assert [path for _, path in steps[: len(WAY)]] == WAY


def test_it_links_every_page() -> None:
    pages = {str(path) for path in DOCUMENTS if path.parts[0] == "docs" and "adr" not in path.parts}
    assert pages <= set(re.findall(r"\]\(([^)#]+)", README))


def test_it_shows_the_folders_as_they_are() -> None:
    shown = re.findall(r"^(\w+)/ ", README, re.MULTILINE)
    assert sorted(shown) == sorted({path.parts[0] for path in FILES if len(path.parts) > 1 and path.parts[0][0] != "."})
    for folder, rooms in re.findall(r"^(\w+)/ +(.+)", README, re.MULTILINE):
        assert [room for room in re.findall(r"(\w+)/(?!\w)", rooms) if not (ROOT / folder / room).is_dir()] == []


@pytest.mark.parametrize("path", sorted(path for path in ADDRESSES if not NOT_OURS.match(path)))
def test_it_names_addresses_that_are_served(path: str) -> None:
    assert resolve(path, "realtime.routing" if path.startswith("/events/") else None)


def test_each_picture_is_shown_in_the_tour_and_no_other() -> None:
    shown = set(re.findall(r"\]\((pictures/\S+)\)", DOCUMENTS[Path("docs/tour.md")]))
    assert shown == {f"pictures/{path.name}" for path in FILES if path.parent == Path("docs/pictures")}
