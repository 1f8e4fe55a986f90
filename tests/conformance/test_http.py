"""Answers to methods, strangers, foreign pages, and requests of any size."""

from dataclasses import replace

import pytest

from tests.conformance.wire import Listener, Response, Target, ask

BROWSER = [("Accept", "text/event-stream"), ("Cache-Control", "no-cache"), ("Sec-Fetch-Site", "same-origin")]
DEAD_COOKIES = [
    "sessionid=0123456789abcdefghijklmnopqrstuv",
    "sessionid=",
    "sessionid=%00%ff; sessionid",
    "sessionid=\xff\xfe' OR 1=1 --",
    "sessionid=" + "a" * 4000,
    ";;; = ;=;sessionid==",
]


def no_stream(response: Response) -> None:
    """Nothing of the stream came, and no other origin may read what came."""
    response.read(0.5)
    response.close()
    assert b":ok" not in response.body
    assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_it_refuses_any_method_but_get(target: Target, method: str) -> None:
    response = ask(target, method=method)
    no_stream(response)
    assert response.status == 405


def test_it_answers_a_stranger_with_204(target: Target) -> None:
    response = ask(replace(target, cookie=""))
    no_stream(response)
    assert response.status == 204


@pytest.mark.parametrize("cookie", DEAD_COOKIES, ids=range(len(DEAD_COOKIES)))
def test_it_answers_a_dead_session_with_204(target: Target, cookie: str) -> None:
    response = ask(replace(target, cookie=cookie), *BROWSER)
    no_stream(response)
    assert response.status == 204


@pytest.mark.parametrize(
    "foreign",
    [
        [("Origin", "https://elsewhere.example")],
        [("Origin", "null")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Origin", "https://elsewhere.example"), ("Sec-Fetch-Site", "cross-site")],
    ],
    ids=str,
)
def test_it_gives_a_foreign_page_nothing(target: Target, foreign: list[tuple[str, str]]) -> None:
    response = ask(target, *foreign)
    no_stream(response)
    assert response.status in (204, 401, 403)


def test_it_allows_no_other_origin(target: Target) -> None:
    response = ask(target, *BROWSER, ("Origin", target.url))
    assert response.status == 200
    response.close()
    assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("cursor", [None, "good", "bad", "0-0", "a-99999999999999999999"])
@pytest.mark.parametrize("known", [True, False], ids=["signed in", "stranger"])
def test_a_native_eventsource_meets_only_200_and_204(
    target: Target, known_cursor: str, known: bool, cursor: str | None
) -> None:
    value = known_cursor if cursor == "good" else cursor
    who = target if known else replace(target, cookie="")
    response = ask(who, *BROWSER, *([("Last-Event-ID", value)] if value else []))
    response.close()
    assert response.status == (200 if known else 204), "an EventSource ends for good on any status but 200"


def test_it_reads_the_session_among_many_cookies(target: Target) -> None:
    crowd = "; ".join(f"other{number}=value" for number in range(60))
    with Listener(target, response=ask(replace(target, cookie=f"{crowd}; {target.cookie}"))) as listener:
        listener.wait_for_frame("ready")


@pytest.mark.parametrize("padding", [[1_000] * 100, [100_000]], ids=["many", "one"])
def test_it_survives_100_kb_of_headers(target: Target, padding: list[int]) -> None:
    with Listener(target) as other:
        other.wait_for_frame("ready")
        response = ask(target, *[(f"X-Padding-{number}", "a" * size) for number, size in enumerate(padding)])
        response.close()
        assert response.status == 200 or 400 <= response.status < 500
        with Listener(target) as next_one:
            next_one.wait_for_frame("ready")
        assert not other.response.read(0.1)
        assert not other.response.ended, "another client's stream was closed"


def test_it_survives_requests_that_are_no_http(target: Target) -> None:
    for version, query in (("9.9", ""), ("1.1", "?%"), ("1.1", "?\x00"), ("1.1", "? x")):
        try:
            ask(target, version=version, query=query).close()
        except (AssertionError, OSError, ValueError, IndexError):
            continue  # hung up, or answered by what is not HTTP either
    with Listener(target) as listener:
        listener.wait_for_frame("ready")


def test_it_refuses_a_websocket(target: Target) -> None:
    asked = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    response = ask(target, *asked, ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
    response.close()
    assert response.status == 200 or 400 <= response.status < 500
