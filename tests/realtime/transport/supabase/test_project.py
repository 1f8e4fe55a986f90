"""SUPABASE_*: what can be used, and one sentence about what cannot, without the value."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.core.checks import run_checks
from jwt.algorithms import ECAlgorithm
from pytest_django import Settings

from realtime.transport.supabase import project

KEY = ec.generate_private_key(ec.SECP256R1())
JWK = {**ECAlgorithm.to_jwk(KEY, as_dict=True), "kid": "kid-1", "alg": "ES256", "use": "sig"}
PUBLIC = {name: value for name, value in JWK.items() if name != "d"}
LEGACY = {role: jwt.encode({"role": role}, "s" * 32) for role in ("anon", "service_role")}
GOOD = ("https://ref.supabase.co", "sb_publishable_x", json.dumps(JWK), "sealed")


def pem(key: Any) -> str:
    form = serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode())


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [
        (json.dumps(JWK), "ES256", "kid-1"),
        (pem(KEY), "ES256", ""),
        (pem(KEY).replace("\n", r"\n"), "ES256", ""),
        ("a-legacy-shared-secret-of-forty-characters", "HS256", ""),
    ],
)
def test_it_takes_each_kind_of_signing_key(key: str, algorithm: str, kid: str) -> None:
    signing = project.read(GOOD[0], GOOD[1], key, "sealed").signing_key
    assert (signing.algorithm, signing.kid) == (algorithm, kid)
    assert jwt.encode({}, signing.key, signing.algorithm)


def test_it_names_the_addresses_of_the_project() -> None:
    there = project.read("https://ref.supabase.co/", *GOOD[1:])
    assert there.websocket == "wss://ref.supabase.co/realtime/v1/websocket"
    posts = "https://ref.supabase.co/realtime/v1/api/broadcast/finito:a/events/frames?private=true"
    assert there.broadcast("finito:a") == posts


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        *[(0, url, "SUPABASE_URL") for url in ("ref.supabase.co", "https://", "http://ref.supabase.co", "https://[")],
        *[(0, f"https://{rest}", "SUPABASE_URL") for rest in ("u:p@h.example", "h.example/rest/v1", "h.example?x=1")],
        (1, "", "SUPABASE_PUBLISHABLE_KEY is not"),
        *[(1, key, "is a secret key") for key in ("sb_secret_abcdef", LEGACY["service_role"])],
        (1, "two words", "is not a key"),
        (2, "", "SUPABASE_SIGNING_KEY is not"),
        (2, json.dumps(PUBLIC), "is a public key"),
        *[(2, key, "JSON web key") for key in ('{"kty":"EC"}', "{", "{}")],
        (2, "-----BEGIN PRIVATE KEY-----\nabc", "PEM"),
        (2, pem(ec.generate_private_key(ec.SECP521R1())), "of a kind"),
        (2, pem(ed25519.Ed25519PrivateKey.generate()), "of a kind"),
        (2, "short", "too short"),
        (3, "open", "SUPABASE_PAYLOAD"),
    ],
)
def test_it_says_in_one_sentence_what_is_wrong(place: int, value: str, said: str, settings: Settings) -> None:
    values = [*GOOD[:place], value, *GOOD[place + 1 :]]
    names = ("SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SIGNING_KEY", "SUPABASE_PAYLOAD")
    for name, one in zip(names, values, strict=True):
        setattr(settings, name, one)
    (error,) = run_checks(tags=["realtime"])
    assert (error.id, said in error.msg, error.msg[-1]) == ("finito.E050", True, ".")
    assert len(value) < 9 or value not in f"{error.msg} {error.hint}"
    assert project.configured() is None


def test_it_is_off_without_its_url(settings: Settings) -> None:
    settings.SUPABASE_PUBLISHABLE_KEY, settings.SUPABASE_SIGNING_KEY = "", "short"
    assert (project.configured(), run_checks(tags=["realtime"])) == (None, [])


def test_no_repr_of_it_holds_a_key() -> None:
    shown = repr(project.read(*GOOD))
    assert str(JWK["d"]) not in shown
    assert "sb_publishable_x" not in shown


def test_it_takes_the_legacy_anon_key_for_publishable() -> None:
    assert project.read(GOOD[0], LEGACY["anon"], *GOOD[2:]).publishable_key == LEGACY["anon"]
