"""Each exception says what it makes happen, and stands once in the tree on top of its file."""

import inspect
import re

import pytest

from gmail_sync import exceptions
from gmail_sync.exceptions import GmailSyncError, WorkEnds
from gmail_sync.states import Reaction, SyncResult

CLASSES = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass) if issubclass(kind, GmailSyncError)]


def test_the_tree_has_every_class_once() -> None:
    for kind in CLASSES:
        assert len(re.findall(rf"\b{kind.__name__}\b", exceptions.__doc__ or "")) == 1, kind


@pytest.mark.parametrize("kind", CLASSES)
def test_only_what_failed_backs_off(kind: type[GmailSyncError]) -> None:
    assert not (issubclass(kind, WorkEnds) and kind.reaction == Reaction.BACK_OFF)


def test_every_result_has_its_cause() -> None:
    without = {SyncResult.OK, SyncResult.ERROR}  # no exception, and one that is not ours
    assert {kind.result for kind in CLASSES} == set(SyncResult) - without
    assert {kind.reaction for kind in CLASSES} == set(Reaction)
