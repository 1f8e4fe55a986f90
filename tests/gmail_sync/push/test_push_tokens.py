"""Only Google's pushes, signed for us, are taken; all others are refused and change nothing (push/certs.py)."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gmail_sync.models import GmailAccount
from gmail_sync.push import tokens
from gmail_sync.push.certs import certs
from tests.support.environment import NOBODY
from tests.support.google.harness import is_due
from tests.support.google.pushes import body_of, post, push, rows
from tests.support.google.signer import AUDIENCE, CertsServer, claims, part, public_pem, rsa_key, token
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database

HOUR = 3_600


def hs256_with_the_public_key() -> str:
    header, body = part({"alg": "HS256", "typ": "JWT", "kid": "google"}), part(claims())
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{header}.{body}.{part(signature.sign(f'{header}.{body}'.encode(), public_pem('google')))}"


def es256() -> str:
    return jwt.encode(claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": "google"})


def now() -> int:
    return int(time.time())


FORGED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no token": lambda: "Bearer",
    "an empty token": lambda: "Bearer ",
    "another scheme": lambda: f"Basic {token()}",
    "no scheme": lambda: token(),
    "junk": lambda: "Bearer junk",
    "two dots": lambda: "Bearer ..",
    "binary": lambda: f"Bearer {part(b'{')}.{part(b'[')}.\xff",
    "a header that is no object": lambda: f"Bearer {part([])}.{part(claims())}.x",
    "a header without an end": lambda: f"Bearer {part(b'{' + b'[' * 20_000)}.{part(claims())}.x",
    "a header of nested lists": lambda: f"Bearer {part(b'[' * 20_000 + b']' * 20_000)}.{part(claims())}.x",
    "alg none": lambda: f"Bearer {part({'alg': 'none', 'kid': 'google'})}.{part(claims())}.",
    "HS256 with the public key": lambda: f"Bearer {hs256_with_the_public_key()}",
    "ES256": lambda: f"Bearer {es256()}",
    "RS512": lambda: f"Bearer {jwt.encode(claims(), rsa_key('google'), 'RS512', headers={'kid': 'google'})}",
    "another key under Google's key id": lambda: f"Bearer {token('thief', header={'kid': 'google'})}",
    "an unknown key id": lambda: f"Bearer {token('thief')}",
    "no key id": lambda: f"Bearer {jwt.encode(claims(), rsa_key('google'), 'RS256')}",
    "a signature that was changed": lambda: f"Bearer {token()[:-9]}AAAAAAAAA",
    "claims that were changed": lambda: "Bearer {0}.{2}.{1}".format(*token().split(".")[::2], part(claims(sub="2"))),
    "a key of its own in the header": lambda: f"Bearer {token('thief', header={'jku': NOBODY, 'kid': 'thief'})}",
    "another audience": lambda: f"Bearer {token(aud='https://another.example/')}",
    "an audience that only begins like ours": lambda: f"Bearer {token(aud=AUDIENCE + '/more')}",
    "a list of audiences": lambda: f"Bearer {token(aud=[AUDIENCE])}",
    "no audience": lambda: f"Bearer {token(aud=None)}",
    "another issuer": lambda: f"Bearer {token(iss='https://accounts.example.com')}",
    "no issuer": lambda: f"Bearer {token(iss=None)}",
    "another service account": lambda: f"Bearer {token(email='push@thief.iam.gserviceaccount.com')}",
    "no e-mail address": lambda: f"Bearer {token(email=None)}",
    "an address that is not verified": lambda: f"Bearer {token(email_verified=False)}",
    "an address that is verified in words": lambda: f"Bearer {token(email_verified='true')}",
    "no word about verification": lambda: f"Bearer {token(email_verified=None)}",
    "expired": lambda: f"Bearer {token(iat=now() - 2 * HOUR, exp=now() - 60)}",
    "no expiry": lambda: f"Bearer {token(exp=None)}",
    "an expiry in words": lambda: f"Bearer {token(exp='tomorrow')}",
    "from the future": lambda: f"Bearer {token(iat=now() + 600)}",
    "not valid yet": lambda: f"Bearer {token(nbf=now() + 600)}",
    "no time of issue": lambda: f"Bearer {token(iat=None)}",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_it_refuses_a_forged_token(google_certs: CertsServer, mailbox: GmailAccount, forge: Callable[[], str]) -> None:
    before = rows()
    assert post(forge()) == 401
    assert rows() == before
    assert google_certs.fetches <= 1


@pytest.mark.parametrize("iss", ["https://accounts.google.com", "accounts.google.com"])
def test_it_takes_both_of_googles_names(google_certs: CertsServer, mailbox: GmailAccount, iss: str) -> None:
    assert push(iss=iss) == 204


def test_it_allows_clocks_to_differ_by_ten_seconds(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    eventually(lambda: push(iat=now() - HOUR, exp=now() - 5) == 204)  # at once, unless the machine stands still
    assert push(iat=now() + 5) == 204


def test_it_takes_one_token_for_many_messages(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    same = f"Bearer {token()}"
    assert [post(same, body_of(history_id=101 + n)) for n in range(5)] == [204] * 5
    assert google_certs.fetches == 1


def test_it_takes_a_known_token_no_longer_than_it_is_good(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    same = f"Bearer {token(iat=now() - HOUR, exp=now() - 3)}"  # good for seven more seconds: clocks may differ by ten
    assert post(same) == 204
    eventually(lambda: post(same) == 401)


def test_it_refuses_a_known_token_once_its_key_is_withdrawn(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    google_certs.kids = ["google", "another"]
    same = f"Bearer {token()}"
    assert post(same) == 204
    certs._keys = {key: value for key, value in certs._keys.items() if key != "google"}
    assert post(same) == 401


@pytest.mark.parametrize("other", ["PUBSUB_PUSH_AUDIENCE", "PUBSUB_PUSH_SERVICE_ACCOUNT"])
def test_it_refuses_a_known_token_that_was_for_other_settings(
    google_certs: CertsServer, mailbox: GmailAccount, settings: Any, other: str
) -> None:
    same = f"Bearer {token()}"
    assert post(same) == 204
    setattr(settings, other, "https://another.example/")
    assert post(same) == 401


def test_it_knows_only_so_many_tokens(
    google_certs: CertsServer, mailbox: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "KNOWN_LIMIT", 3)
    assert [push(sub=str(number)) for number in range(10)] == [204] * 10
    assert len(tokens._known) <= 3


def test_it_refuses_before_it_reads_the_body(google_certs: CertsServer, mailbox: GmailAccount) -> None:
    assert post("Bearer junk", b"{" * 1_000) == 401


@pytest.mark.parametrize("missing", ["PUBSUB_PUSH_AUDIENCE", "PUBSUB_PUSH_SERVICE_ACCOUNT"])
def test_it_refuses_everything_while_it_is_not_configured(
    google_certs: CertsServer, mailbox: GmailAccount, settings: Any, missing: str
) -> None:
    setattr(settings, missing, "")
    before = rows()
    assert [push(), push(aud=""), push(email=""), post(), post(path="?token=")] == [401] * 5
    assert rows() == before


def test_it_takes_the_legacy_token(mailbox: GmailAccount, settings: Any) -> None:
    settings.PUBSUB_PUSH_TOKEN = "a shared secret"
    assert post(path="?token=a+shared+secret") == 204
    assert is_due(mailbox)


@pytest.mark.parametrize(
    "query", ["", "?token=", "?token=a", "?token=a+shared+secretx", "?Token=a+shared+secret", "?token=%ff"]
)
def test_it_refuses_another_legacy_token(mailbox: GmailAccount, settings: Any, query: str) -> None:
    settings.PUBSUB_PUSH_TOKEN = "a shared secret"
    assert post(path=query) == 401
    assert not is_due(mailbox)


def test_it_refuses_an_empty_legacy_token(mailbox: GmailAccount) -> None:
    assert post(path="?token=") == 401


@pytest.mark.parametrize("before", ["Bearer ", "bearer ", "BEARER   "])
def test_it_takes_a_token_however_its_scheme_is_written(
    google_certs: CertsServer, mailbox: GmailAccount, before: str
) -> None:
    assert post(before + token()) == 204
