"""What Finito cannot give for a moment, it says so (answers.py)."""

from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client

from gmail_sync.reading import document, fetching
from gmail_sync.reading.cleaners import Cleaners
from tests.gmail_sync.reading.conftest import Receive, address, written


def test_a_busy_database_is_told_in_a_sentence(
    reader: Client, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(written())
    monkeypatch.setattr(fetching, "mail_of", Mock(side_effect=OperationalError("database is locked")))
    answer = reader.get(address(message))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Finito is busy" in answer.content.decode()


def test_a_mail_that_found_no_process_says_when_its_layout_may_be_had(
    reader: Client, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(written("<p>With a layout</p>"))
    cleaners = Cleaners(processes=1, wait=0.01)
    monkeypatch.setattr(document, "_cleaners", cleaners)
    with cleaners._one_free(large=False):
        text = reader.get(address(message))
    layout = reader.get(address(message))
    cleaners.close()
    assert (text.status_code, layout.status_code) == (200, 200)
    assert ['data-retry="3"' in answer.content.decode() for answer in (text, layout)] == [True, False]
