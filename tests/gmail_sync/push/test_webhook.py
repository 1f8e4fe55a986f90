"""`POST /gmail/push/`: what a push with a good token does, and what it is answered."""

import asyncio
import json
from base64 import b64decode
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection

from finito.asgi import application
from gmail_sync.models import GmailAccount
from gmail_sync.models.people import UnknownAddress
from gmail_sync.push import webhook
from gmail_sync.schedule import Push
from realtime.together import Together
from tests.simulator.receiver import Receiver
from tests.support.google.harness import Mailbox, is_due, sync
from tests.support.google.pushes import body_of, locked, post, push, rows
from tests.support.google.signer import CertsServer, token
from tests.support.waiting import eventually


def test_it_takes_a_push_and_makes_the_mailbox_due(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    assert push(history_id="105") == 204
    mailbox.refresh_from_db()
    assert (mailbox.notified_history_id, mailbox.history_id, mailbox.wakes) == (105, 100, 1)
    assert mailbox.last_push_at is not None
    assert is_due(mailbox)


def test_it_takes_a_push_whose_address_is_written_otherwise(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    assert push(email="Ann@Gmail.Example") == 204
    assert is_due(mailbox)


def test_it_takes_the_pushes_of_the_simulator(gmail: Mailbox, ann: User, receiver: Receiver) -> None:
    account = gmail.connect(ann)
    sync(account)  # its watch makes Gmail notify at once

    def mine() -> list[int]:
        carried = [b64decode(push["message"]["data"]) for push in receiver.pushes]
        return [n for n, content in enumerate(carried) if gmail.email.encode() in content]

    eventually(mine)
    number = mine()[0]
    assert post(f"Bearer {receiver.tokens[number]}", json.dumps(receiver.pushes[number]).encode()) == 204
    account.refresh_from_db()
    assert account.last_push_at is not None


def test_it_keeps_the_newest_of_pushes_that_come_in_any_order(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    for history_id in (105, 103, 105, 104):
        assert push(history_id=history_id) == 204
    mailbox.refresh_from_db()
    assert mailbox.notified_history_id == 105


@pytest.mark.parametrize("history_id", [99, 100])
def test_rule_05_a_stale_push_proves_the_way_and_asks_for_nothing(
    google_certs: CertsServer, mailbox: GmailAccount, history_id: int
) -> None:
    assert push(history_id=history_id) == 204
    mailbox.refresh_from_db()
    assert (mailbox.wakes, mailbox.notified_history_id, is_due(mailbox)) == (0, 0, False)
    assert mailbox.last_push_at is not None


def test_it_acknowledges_a_push_for_a_mailbox_that_nobody_has(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    assert push(email="bob@gmail.example") == 204
    mailbox.refresh_from_db()  # it looks whether that is its address by now, and knows of no push
    assert (mailbox.email, mailbox.last_push_at, mailbox.notified_history_id) == ("ann@gmail.example", None, 0)


def test_a_stranger_has_nobody_look_at_an_address(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    before = rows()
    assert post("Bearer forged", body_of(email="bob@gmail.example")) == 401
    assert rows() == before
    assert not UnknownAddress.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 100_000, b"\xff", body_of(history_id=0), body_of(email="\x00a@b")])
def test_it_acknowledges_what_nobody_could_read(google_certs: CertsServer, mailbox: GmailAccount, body: bytes) -> None:
    before = rows()
    assert post(f"Bearer {token()}", body) == 204
    assert rows() == before


@pytest.mark.parametrize("history_id", [2**63, 2**64, str(2**63)])
def test_rule_16_it_acknowledges_a_history_id_that_cannot_be_stored(
    google_certs: CertsServer, mailbox: GmailAccount, history_id: Any
) -> None:
    before = rows()
    assert push(history_id=history_id) == 204
    assert rows() == before
    assert push(history_id=2**63 - 1) == 204


def test_it_acknowledges_pushes_while_consent_is_missing(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    GmailAccount.objects.update(state="reauth_required")
    assert push() == 204
    assert not is_due(mailbox)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_it_answers_other_methods_with_405(mailbox: GmailAccount, method: str) -> None:
    assert post(f"Bearer {token()}", method=method) == 405


def test_it_answers_a_body_that_is_too_large_with_413(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    assert post(f"Bearer {token()}", b" " * (2**20 + 1)) == 413
    assert post(f"Bearer {token()}", body_of() + b" " * (2**20 - len(body_of()))) == 204


def test_rule_04_it_asks_for_another_delivery_when_the_row_stays_locked(
    google_certs: CertsServer, mailbox: GmailAccount
) -> None:
    before = rows()
    with locked(mailbox):
        assert push() == 503
    assert rows() == before
    assert push() == 204
    mailbox.refresh_from_db()
    assert mailbox.wakes == 1


def test_rule_13_it_asks_for_another_delivery_when_the_database_hangs(
    google_certs: CertsServer, mailbox: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(pushes: list[Push]) -> dict[Push, bool]:
        return await asyncio.Future()

    monkeypatch.setattr(webhook, "_take", Together(hang))
    monkeypatch.setattr(webhook, "TAKE_SECONDS", 0.01)
    assert push() == 503
    assert not is_due(mailbox)


def test_it_takes_many_pushes_at_once(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    async def storm() -> list[int]:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=30) as client:
            headers = {"Authorization": f"Bearer {token()}"}
            posts = [
                client.post("/gmail/push/", headers=headers, content=body_of(history_id=101 + n)) for n in range(40)
            ]
            return [answer.status_code for answer in await asyncio.gather(*posts)]

    assert set(asyncio.run(storm())) == {204}
    mailbox.refresh_from_db()
    assert mailbox.notified_history_id == 140


def test_rule_04_a_locked_mailbox_keeps_no_other_push_waiting(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("SQLite locks the database as a whole")
    other = GmailAccount.objects.create(email="bob@gmail.example", google_sub="2", state="connected", history_id=100)
    ended: list[tuple[str, int]] = []

    async def send(client: httpx.AsyncClient, email: str) -> None:
        headers = {"Authorization": f"Bearer {token()}"}
        answer = await client.post("/gmail/push/", headers=headers, content=body_of(email))
        ended.append((email, answer.status_code))

    async def storm() -> None:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=30) as client:
            await asyncio.gather(*(send(client, email) for email in [mailbox.email, *[other.email] * 10]))

    with locked(mailbox):
        asyncio.run(storm())
    assert ended == [*[(other.email, 204)] * 10, (mailbox.email, 503)]
