"""The stream through nginx as docs/nginx.conf sets it up: nothing is held back, lost or kept open."""

import random
from contextlib import ExitStack

import httpx
import pytest

from tests.proxies.nginx import ProxiedStack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import act
from tests.support.live_page import Page
from tests.support.live_stream import Stream
from tests.support.waiting import eventually


def first_event(stream: Stream) -> tuple[str, object]:
    return stream.frames[0].event, stream.frames[0].payload.get("reason")


def test_each_event_is_seen_before_the_next_is_made(shared: ProxiedStack, email: str, page: Page) -> None:
    for number in range(5):
        (message_id,) = shared.simulator.deliver(email)
        page.streams[0].wait_for("message.added", where=lambda f, this=message_id: f.payload["message"]["id"] == this)  # type: ignore[misc]
        assert len(page.frames) >= number + 1
    assert not page.streams[0].ended.is_set()


def test_the_stream_is_not_compressed_where_pages_are(shared: ProxiedStack, user: SignedIn) -> None:
    user.http.headers["Accept-Encoding"] = "gzip"
    assert user.get("/accounts/").headers["content-encoding"] == "gzip"
    with user.http.stream("GET", f"{shared.url()}/events/") as answer:
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_raw()).startswith(b":ok\nretry: ")


def test_a_cut_page_goes_on_where_it_was(shared: ProxiedStack, user: SignedIn, email: str, page: Page) -> None:
    chance = random.Random(7)
    for _ in range(5):
        act(shared, email, 3, chance)
        page.come_back()
    eventually(lambda: page.agrees(shared, email))
    assert len(page.frames) > 5


def test_nothing_is_lost_when_one_web_after_the_other_dies(
    shared: ProxiedStack, user: SignedIn, email: str, page: Page
) -> None:
    chance = random.Random(8)
    with Page(user) as other:  # the least busy web: not the page's
        for web in ("web0", "web1"):
            act(shared, email, 5, chance)
            shared.kill(web)
            eventually(lambda: page.stream.ended.is_set() or other.stream.ended.is_set())
            act(shared, email, 5, chance)
            for each in (page, other):
                each.come_back()
            shared.start(web)
        eventually(lambda: page.agrees(shared, email) and other.agrees(shared, email))


def test_who_leaves_gives_up_the_place_at_once(shared: ProxiedStack, user: SignedIn) -> None:
    with ExitStack() as places:
        streams = [places.enter_context(user.stream())]
        while first_event(streams[-1]) != ("bye", "cap"):
            assert len(streams) <= 2 * 12
            streams.append(places.enter_context(user.stream()))
        streams[0].close()

        def let_in() -> bool:
            with user.stream() as stream:
                return stream.frames[0].event == "ready"

        eventually(let_in, 10)  # below the heartbeat: no write has told the web


def test_a_forwarded_scheme_is_believed_from_nginx_alone(shared: ProxiedStack, user: SignedIn) -> None:
    spoofed = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}
    assert user.http.get(f"{shared.url()}/", headers=spoofed).status_code == 200
    assert user.http.get(f"{shared.url()}/").headers["strict-transport-security"]
    assert httpx.get(f"http://127.0.0.1:{shared.web_ports[0]}/").status_code == 301
    assert all(cookie.secure for cookie in user.http.cookies.jar)


@pytest.mark.parametrize(("size", "status"), [(1_048_576, 401), (1_048_577, 413)])
def test_a_push_of_more_than_a_mebibyte_is_refused(shared: ProxiedStack, size: int, status: int) -> None:
    assert httpx.post(f"{shared.url()}/gmail/push/", content=b"x" * size).status_code == status
