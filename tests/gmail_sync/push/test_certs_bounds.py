"""A certificates address that drips, hangs, or answers something else: 503, and good pushes go on (push/certs.py)."""

import asyncio
import json
import time
from typing import Any

import jwt
import pytest

from gmail_sync.exceptions import CertsUnavailable, PushRefused
from gmail_sync.models import GmailAccount
from gmail_sync.push import certs
from gmail_sync.push.certs import Certs
from tests.support.google.pushes import push
from tests.support.google.raw_server import Act, RawServer, Visit, answers, drip_body, drip_head, hang, never_end
from tests.support.google.signer import public_jwk

pytestmark = pytest.mark.any_database

KEY = public_jwk("google")
EC = {"kty": "EC", "crv": "P-256", "kid": "google", "x": "a" * 43, "y": "a" * 43}


NO_JWKS: list[Any] = [[], 7, "keys", None, {}, {"a": 1}]
NO_KEYS: list[Any] = [None, {}, [], 7, "google", [7]]
NO_CERTS: dict[str, Act] = {
    "drips": drip_body,
    "drips its head": drip_head,
    "never ends": never_end,
    "hangs": hang,
    "ends": lambda visit: visit.read(),
    **{f"JSON {number}": answers(200, document) for number, document in enumerate(NO_JWKS)},
    **{f"keys {number}": answers(200, {"keys": keys}) for number, keys in enumerate(NO_KEYS)},
    "page": answers(200, b"<html>", content_type="text/html"),
    "page with keys": answers(200, {"keys": [KEY]}, content_type="text/html"),
    "deep": answers(200, b"[" * 200_000),
    "redirect": answers(302, {"keys": [KEY]}, location="/elsewhere"),
    "error": answers(500, {"keys": [KEY]}),
    "elliptic": answers(200, {"keys": [EC]}),
    "shared secret": answers(200, {"keys": [{"kty": "oct", "kid": "google", "k": "c2VjcmV0"}]}),
    "another algorithm": answers(200, {"keys": [{**KEY, "alg": "RS512"}]}),
    "to encrypt": answers(200, {"keys": [{**KEY, "use": "enc"}]}),
    "without id": answers(200, {"keys": [{name: value for name, value in KEY.items() if name != "kid"}]}),
    "id of another type": answers(200, {"keys": [{**KEY, "kid": 7}]}),
    "small": answers(200, {"keys": [{**KEY, "n": "AQAB"}]}),
    "huge": answers(200, {"keys": [{**KEY, "n": "_" * 100_000}]}),
    "not base64": answers(200, {"keys": [{**KEY, "n": "€"}]}),
}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds are those of the fetch, in less time."""
    monkeypatch.setattr(certs, "FETCH_SECONDS", 1.0)
    monkeypatch.setattr(certs, "SILENCE_SECONDS", 0.7)


@pytest.mark.parametrize("name", NO_CERTS)
def test_rule_20_what_is_no_jwks_is_a_503_within_a_bound(mailbox: GmailAccount, settings: Any, name: str) -> None:
    with RawServer(NO_CERTS[name]) as server:
        settings.PUBSUB_CERTS_URL = f"{server.url}certs"
        assert push() == 503
        with pytest.raises(CertsUnavailable):
            certs.download(settings.PUBSUB_CERTS_URL)
        assert {request.split()[1] for request in server.seen} == {b"/certs"}


def test_it_reads_its_keys_among_others(mailbox: GmailAccount, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certs, "FETCH_SECONDS", 30.0)
    monkeypatch.setattr(certs, "SILENCE_SECONDS", 30.0)
    with RawServer(answers(200, {"keys": [EC, 7, None, {**KEY, "kid": "b", "alg": "none"}, KEY]})) as server:
        settings.PUBSUB_CERTS_URL = server.url
        assert push() == 204
        assert push(key="b") == 401


def test_good_pushes_go_on_while_a_fetch_hangs(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certs, "FETCH_SECONDS", 30.0)
    monkeypatch.setattr(certs, "SILENCE_SECONDS", 30.0)
    monkeypatch.setattr(certs, "UNKNOWN_KEY_SECONDS", -1)

    def hang_after_one(visit: Visit) -> None:
        visit.read()
        if visit.number > 1:
            visit.hang()
        visit.answer(json.dumps({"keys": [KEY]}).encode())

    async def ask() -> None:
        store = Certs()
        known: jwt.PyJWK = await store.key("google")
        strangers = [asyncio.create_task(store.key(f"stranger {number}")) for number in range(20)]
        await asyncio.sleep(0)
        began = time.monotonic()
        assert [await store.key("google") for _ in range(100)] == [known] * 100
        assert time.monotonic() - began < certs.FETCH_SECONDS / 2
        assert not any(task.done() for task in strangers)
        for task in strangers:
            task.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)

    with RawServer(hang_after_one) as server:
        settings.PUBSUB_CERTS_URL = server.url
        asyncio.run(ask())
        assert server.visits <= 2  # one fetch at a time, for all strangers together


def test_those_who_need_a_key_wait_for_the_same_fetch(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("FETCH_SECONDS", "SILENCE_SECONDS", "NO_KEYS_SECONDS"):
        monkeypatch.setattr(certs, bound, 60.0)  # a pause of the machine is neither silence nor the time to ask again

    async def ask() -> list[Any]:
        store = Certs()
        kids = ["google", "stranger"] * 20
        return await asyncio.gather(*(store.key(kid) for kid in kids), return_exceptions=True)

    with RawServer(answers(200, {"keys": [KEY]})) as server:
        settings.PUBSUB_CERTS_URL = server.url
        found = asyncio.run(ask())
        assert server.visits == 1
    assert [type(each) for each in found] == [jwt.PyJWK, PushRefused] * 20
