"""Google's public keys: fetched rarely, kept while Google is away."""

from typing import Any

import pytest

from gmail_sync.models import GmailAccount
from gmail_sync.push import certs
from tests.support.environment import NOBODY
from tests.support.google.pushes import post, push, rows
from tests.support.google.signer import CertsServer, token
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database


def test_it_fetches_the_certs_a_few_times_however_many_junk_tokens_come(
    google_certs: CertsServer, mailbox: GmailAccount
) -> None:
    assert {post(f"Bearer {token('thief', header={'kid': str(n)})}") for n in range(50)} == {401}
    assert push() == 204
    assert google_certs.fetches == 1


def test_it_asks_for_another_delivery_when_no_certs_can_be_had(
    google_certs: CertsServer, mailbox: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certs, "NO_KEYS_SECONDS", -1)
    google_certs.status, before = 500, rows()
    assert push() == 503
    assert rows() == before
    google_certs.status = 200
    assert push() == 204


def test_it_asks_for_another_delivery_when_google_does_not_answer(mailbox: GmailAccount, settings: Any) -> None:
    settings.PUBSUB_CERTS_URL = f"{NOBODY}/certs"
    assert push() == 503


def test_it_goes_on_with_the_certs_it_has(
    google_certs: CertsServer, mailbox: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push() == 204
    monkeypatch.setattr(certs, "FRESH_SECONDS", -1)
    monkeypatch.setattr(certs, "UNKNOWN_KEY_SECONDS", -1)
    google_certs.status = 500
    assert push() == 204
    eventually(lambda: google_certs.fetches == 2)  # in the background: who has the key does not wait
    assert push() == 204


def test_it_learns_a_new_key(google_certs: CertsServer, mailbox: GmailAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    assert push() == 204
    assert push(key="new") == 401
    monkeypatch.setattr(certs, "UNKNOWN_KEY_SECONDS", -1)
    google_certs.kids = ["new"]
    assert push(key="new") == 204
    assert push(key="google") == 401
