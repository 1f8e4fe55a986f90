"""The answers of a search."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

Search = Callable[..., dict[str, Any]]


@pytest.fixture
def search(reader: Client) -> Search:
    """Asks for what a query finds; returns the answer."""

    def find(q: str, **more: str) -> dict[str, Any]:
        answer: dict[str, Any] = reader.get("/search/", {"q": q, **more}).json()
        return answer

    return find


def ids(answer: dict[str, Any]) -> list[str]:
    """Return which messages were found."""
    return [message["id"] for message in answer["messages"]]
