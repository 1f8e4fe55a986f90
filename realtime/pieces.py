"""Cuts queries over ids: a database takes only so many variables in one statement (old SQLites 999)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

SIZE = 500

T = TypeVar("T")


def pieces(ids: Iterable[T], size: int | None = None) -> Iterator[list[T]]:
    """Yield the ids in lists of at most `size` (None: 500), in their order; nothing for none."""
    rest = iter(ids)
    while piece := list(islice(rest, size or SIZE)):
        yield piece
