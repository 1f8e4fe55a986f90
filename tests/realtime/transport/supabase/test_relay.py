"""From a secret to the wire: nothing of it shows, and the three payloads say the same."""

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from realtime.stream import sse
from realtime.transport.supabase import relay
from realtime.transport.supabase.project import SigningKey
from realtime.transport.supabase.relay import Broadcast
from tests.realtime.transport.supabase.readers import opened

SECRET = relay.new_secret()
PAYLOADS = ('{"at":"x","text":"a \\\\u00fc b"}', '{"number":2}')
FRAMES = b"".join(sse.frame("thing.happened", sse.Cursor("e", n), data) for n, data in enumerate(PAYLOADS, start=1))
SAID = Broadcast(7, SECRET, "e", 1, 2, FRAMES, 1795341600.1234)
KEY = SigningKey(ec.generate_private_key(ec.SECP256R1()), "ES256", "kid-1")


def test_a_plain_message_has_the_streams_data_byte_for_byte() -> None:
    body = relay.body(SAID, "plain")
    assert json.loads(body)["at"] == 1795341600.123
    for number, data in enumerate(PAYLOADS, start=1):
        assert f'{{"id":"e-{number}","type":"thing.happened","data":{data}}}'.encode() in body


def test_a_sealed_message_opens_to_the_plain_one() -> None:
    sealed = json.loads(relay.body(SAID, "sealed"))
    assert sealed.keys() == {"v", "sealed"}
    assert opened(sealed, SECRET) == json.loads(relay.body(SAID, "plain"))
    assert sealed != json.loads(relay.body(SAID, "sealed"))  # no nonce comes twice


def test_a_notice_has_numbers_alone() -> None:
    assert relay.body(SAID, "notice") == b'{"v":1,"epoch":"e","first":1,"last":2,"at":1795341600.123}'
    assert relay.body(SAID._replace(frames=b""), "plain") == relay.body(SAID, "notice")


def test_rule_23_another_secret_opens_nothing() -> None:
    sealed = json.loads(relay.body(SAID, "sealed"))
    with pytest.raises(InvalidTag):
        opened(sealed, relay.new_secret())


def test_rule_23_neither_topic_nor_key_shows_the_other() -> None:
    topic, key = relay.topic(SECRET), relay.seal_key(SECRET)
    assert len(topic) == len("finito:") + 22
    assert (relay.topic(SECRET), relay.seal_key(SECRET)) == (topic, key)
    assert SECRET not in topic
    assert len({topic, relay.topic(relay.new_secret())}) == 2


@pytest.mark.parametrize(
    ("mint", "claims"),
    [
        (lambda: relay.listener_token(KEY, "finito:a", "here/7"), {"finito_topic": "finito:a"}),
        (lambda: relay.publisher_token(KEY), {"finito_publisher": True}),
    ],
)
def test_a_token_lets_do_one_thing_for_five_minutes(mint: Callable[[], str], claims: dict[str, Any]) -> None:
    token = mint()
    found = jwt.decode(token, KEY.key.public_key(), ["ES256"], audience="authenticated")
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": "kid-1"}
    assert found.pop("exp") - found.pop("iat") == 300
    assert "7" not in (found.pop("sub"), "")
    assert found == {"role": "authenticated", "aud": "authenticated", **claims}


@pytest.mark.parametrize("at", [1e309, -1e309, -1.7e308, 1.7e308, -1.0, 2.0**40, float("nan"), "x", None, [], 10**400])
def test_a_time_that_no_clock_shows_is_no_message_of_ours(at: Any) -> None:
    assert relay.noticed({"epoch": "e", "first": 1, "last": 1, "at": at}, SECRET, "plain") is None
    assert relay.noticed({"epoch": "e", "first": 1, "last": 1, "at": 7.5}, SECRET, "plain") == ("e", 1, 1, 7.5)
