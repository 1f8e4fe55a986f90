"""What Finito cannot give for a moment, it says so (answers.py)."""

from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client

from gmail_sync.reading import fetching
from tests.gmail_sync.reading.conftest import Receive, address, written


def test_a_busy_database_is_told_in_a_sentence(
    reader: Client, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(written())
    monkeypatch.setattr(fetching, "mail_of", Mock(side_effect=OperationalError("database is locked")))
    answer = reader.get(address(message))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Finito is busy" in answer.content.decode()
