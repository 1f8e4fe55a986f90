"""A conversation of which the mirror has a part is read whole from Gmail, within the readers' budget (whole.py)."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.gmail.bodies import Bodies
from gmail_sync.models import GmailAccount, Message
from gmail_sync.quota import READERS_LIMIT_UNITS
from gmail_sync.reading import budget
from gmail_sync.reading.memory import memory
from tests.gmail_sync.reading.conftest import Receive, address, written
from tests.support.google.harness import Mailbox

pytestmark = pytest.mark.any_database


@pytest.fixture
def half(receive: Receive) -> list[Message]:
    """A conversation of three messages, of which the first two are not mirrored: they are older than the mirror."""
    first = receive(written("<p>one</p>", text="one"))
    rest = [receive(written(f"<p>{text}</p>", text=text), thread_id=first.gmail_id) for text in ("two", "three")]
    Message.objects.filter(gmail_id__in=[first.gmail_id, rest[0].gmail_id]).delete()
    return [first, *rest]


def path(messages: list[Message]) -> str:
    return f"/conversations/{messages[0].account_id}/{messages[0].gmail_id}/"


def shown(page: str) -> list[str]:
    return re.findall(r'data-message="(\w+)"', page)


def test_it_shows_what_the_mirror_lacks_by_one_call(reader: Client, gmail: Mailbox, half: list[Message]) -> None:
    ids = [message.gmail_id for message in half]
    part = reader.get(path(half)).content.decode()
    assert shown(part) == ids[2:]
    assert "The beginning of this conversation is not here" in part
    page = reader.get(f"{path(half)}?whole=1").content.decode()
    assert shown(page) == ids
    assert 'data-whole="?whole=1"' in page
    assert "is not here" not in page
    for message, text in zip(half, ("one", "two", "three"), strict=True):
        assert f"<p>{text}</p>" in reader.get(f"{address(message)}?whole=1").content.decode()
    assert (gmail.calls("threads.get"), gmail.calls("messages.attachments.get")) == (1, 0)


def test_it_stores_nothing_of_it(reader: Client, half: list[Message]) -> None:
    before = list(Message.objects.order_by("pk").values())
    reader.get(f"{path(half)}?whole=1")
    reader.get(f"{address(half[0])}?whole=1")
    assert list(Message.objects.order_by("pk").values()) == before


def test_only_a_member_reads_what_has_no_row(reader: Client, half: list[Message]) -> None:
    for what in ("body/", "parts/", "raw/"):
        assert reader.get(address(half[0], what)).status_code == 404
        assert reader.get(f"{address(half[0], what)}?whole=1").status_code == 200, what
    reader.force_login(User.objects.create_user("mallory"))
    for what in ("body/", "parts/", "raw/", "parts/0/"):
        assert reader.get(f"{address(half[0], what)}?whole=1").status_code == 404
    assert reader.get(f"{path(half)}?whole=1").status_code == 404


def test_at_the_readers_limit_it_shows_what_there_is_and_says_so(
    reader: Client, gmail: Mailbox, account: GmailAccount, half: list[Message]
) -> None:
    budget.spend(account.pk, READERS_LIMIT_UNITS)
    before = gmail.calls("threads.get")
    page = reader.get(f"{path(half)}?whole=1").content.decode()
    assert shown(page) == [half[2].gmail_id]
    assert "This is what Finito has of the conversation. Much of this mailbox was opened" in page
    assert gmail.calls("threads.get") == before


def test_a_message_of_no_shape_costs_no_other(
    reader: Client, half: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Bodies.thread
    odd = {"x": {}, "y": {"id": 7, "payload": []}, "z": {"id": "z", "internalDate": "never", "payload": {"parts": 3}}}
    monkeypatch.setattr(Bodies, "thread", lambda bodies, thread_id: {**odd, **real(bodies, thread_id)})
    page = reader.get(f"{path(half)}?whole=1").content.decode()
    assert shown(page) == [message.gmail_id for message in half]


def test_a_draft_is_not_shown_as_mail(reader: Client, gmail: Mailbox, half: list[Message]) -> None:
    (draft,) = gmail.deliver(thread_id=half[0].gmail_id, label_ids=["DRAFT"])
    memory.clear()
    assert draft not in shown(reader.get(f"{path(half)}?whole=1").content.decode())
