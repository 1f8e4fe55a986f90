"""The push envelope: whatever the bytes are, a notification or PushUnreadable comes out."""

import json
from base64 import b64encode, urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gmail_sync.exceptions import PushUnreadable
from gmail_sync.push.notification import Notification, parse_message, parse_push

EMAIL = "user@example.com"


def envelope(content: Any = None, **message: Any) -> bytes:
    """A push body around the content; fields of the message can be replaced."""
    content = {"emailAddress": EMAIL, "historyId": 7} if content is None else content
    return json.dumps({"message": {"data": b64encode(json.dumps(content).encode()).decode(), **message}}).encode()


def notified(history_id: Any = 7, email: Any = EMAIL) -> bytes:
    return envelope({"emailAddress": email, "historyId": history_id})


def test_it_reads_googles_example() -> None:
    body = envelope(
        {"emailAddress": "user@example.com", "historyId": 9876543210},
        messageId="2070443601311540",
        publishTime="2021-02-26T19:13:55.749Z",
        attributes={},
    )
    published = datetime(2021, 2, 26, 19, 13, 55, 749_000, UTC)
    assert parse_push(body) == Notification("user@example.com", 9876543210, published)


@pytest.mark.parametrize("history_id", [1, "1", 9876543210, "9876543210", 2**63 - 1, str(2**63 - 1), "007"])
def test_it_takes_the_history_id_as_number_or_digits(history_id: Any) -> None:
    assert parse_push(notified(history_id)).history_id == int(history_id)


@pytest.mark.parametrize(
    "history_id",
    [0, "0", -1, "-1", 1.0, 1e300, True, None, "", " 7", "7\n", "+7", "1e3", "0x7", "٧", "²", [7], {"id": 7}],
)
def test_it_refuses_a_history_id_that_is_no_positive_integer(history_id: Any) -> None:
    with pytest.raises(PushUnreadable):
        parse_push(notified(history_id))


@pytest.mark.parametrize("history_id", [2**63, 2**64, 10**25, str(2**63), "9" * 30, "9" * 5_000])
def test_rule_16_a_history_id_that_no_column_holds_is_unreadable(history_id: Any) -> None:
    with pytest.raises(PushUnreadable):
        parse_push(notified(history_id))


def test_rule_16_a_history_id_of_too_many_digits_to_parse_is_unreadable() -> None:
    content = b'{"emailAddress":"user@example.com","historyId":' + b"9" * 5_000 + b"}"
    with pytest.raises(PushUnreadable):
        parse_message({"data": b64encode(content).decode()})


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["", "=", "=="])
@pytest.mark.parametrize("name", ["a", "ab", "abc", "ü?>~ÿ"])
def test_it_reads_every_spelling_of_base64(encode: Any, padding: str, name: str) -> None:
    content = json.dumps({"emailAddress": f"{name}@example.com", "historyId": 7}, ensure_ascii=False).encode()
    text = encode(content).decode().rstrip("=") + padding
    assert parse_push(envelope(data=text)).email == f"{name}@example.com"


@pytest.mark.parametrize("text", ["", "!", "a", "eyJ9 ", "eyJ9\n", "é", "\x00", "====", 7, None, ["e30="], {}])
def test_it_refuses_what_is_not_base64(text: Any) -> None:
    with pytest.raises(PushUnreadable):
        parse_push(envelope(data=text))


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"7", b'"message"', b"{}", b"\xff\xfe", b"\x00", b"{"),
        *(
            b'{"message":null}',
            b'{"message":"x"}',
            b'{"message":[]}',
            b'{"message":{}}',
            b'{"Message":{"data":"e30="}}',
        ),
        *(b"[" * 100_000, b'{"a":' * 100_000, b'{"message":' + b"9" * 5_000 + b"}"),
    ],
)
def test_it_refuses_what_is_no_envelope(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        parse_push(body)


@pytest.mark.parametrize(
    "content",
    [{}, [], "x", 7, None, {"historyId": 7}, {"emailAddress": EMAIL}, {"emailaddress": EMAIL, "historyId": 7}],
)
def test_it_refuses_content_that_is_no_notification(content: Any) -> None:
    data = b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(PushUnreadable):
        parse_message({"data": data})


def test_it_compares_addresses_in_lower_case() -> None:
    assert parse_push(notified(email="User@Example.COM")).email == "user@example.com"


@pytest.mark.parametrize(
    "email",
    ["", "a", "a" * 255, 7, None, ["a@example.com"], "a\x00@example.com", "a@example.com\n", "\ud800@example.com"],
)
def test_rule_16_an_address_that_cannot_be_stored_is_unreadable(email: Any) -> None:
    with pytest.raises(PushUnreadable):
        parse_push(notified(email=email))


@pytest.mark.parametrize("time", [None, "", "yesterday", 7, [], "2021-02-26", "2021-02-26T19:13:55", "9" * 50])
def test_it_does_without_a_usable_time(time: Any) -> None:
    assert parse_push(envelope(publishTime=time)).published_at is None


def test_it_reads_the_other_spelling_of_the_time() -> None:
    read = parse_push(envelope(publish_time="2021-02-26T19:13:55Z"))
    assert read.published_at == datetime(2021, 2, 26, 19, 13, 55, tzinfo=UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "data": json_values | st.text().map(lambda text: b64encode(text.encode("utf-8", "replace")).decode()),
        "publishTime": json_values,
        "attributes": json_values,
    },
)
contents = st.fixed_dictionaries(
    {},
    optional={
        "emailAddress": json_values | st.text(alphabet=st.characters(exclude_categories=[]), max_size=300),
        "historyId": json_values | st.integers(-(2**70), 2**70) | st.integers(0, 2**70).map(str),
    },
)


def assert_readable_or_refused(body: bytes) -> None:
    with suppress(PushUnreadable):
        read = parse_push(body)
        assert 1 <= read.history_id < 2**63
        assert read.email == read.email.lower()
        assert read.email.isprintable()


@given(st.binary(max_size=200))
def test_it_survives_any_bytes(body: bytes) -> None:
    assert_readable_or_refused(body)


@given(json_values | st.builds(lambda message: {"message": message}, json_values | messages))
def test_it_survives_any_json(document: Any) -> None:
    assert_readable_or_refused(json.dumps(document).encode())


@given(contents | json_values, json_values)
@example({"emailAddress": "İ" * 200, "historyId": 1}, None)
def test_it_survives_any_content(content: Any, time: Any) -> None:
    data = b64encode(json.dumps(content).encode()).decode()
    assert_readable_or_refused(json.dumps({"message": {"data": data, "publishTime": time}}).encode())
