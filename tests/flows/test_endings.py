"""Whoever may not listen any more is cut off at every web, and stays cut off, and nobody else is."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import user_id
from tests.support.live_stream import Stream

AT_ONCE_SECONDS = 20  # 1 s on a machine that is not busy: see the figure; a look comes half a minute later on average
UNHEARD_SECONDS = 60 * 1.2  # each session is looked at once a minute, with jitter

End = Callable[[Stack, SignedIn, SignedIn, int], object]


@pytest.fixture(scope="module")
def operator(shared: Stack) -> SignedIn:
    """Somebody who may do everything in the admin."""
    shared.create_users("root", operators=True)
    return shared.sign_in("root", create=False)


def log_out(shared: Stack, operator: SignedIn, user: SignedIn, key: int) -> None:
    assert user.post("/logout/").status_code == 302


def set_password(shared: Stack, operator: SignedIn, user: SignedIn, key: int) -> None:
    password = "another-one-9"
    path = f"/admin/auth/user/{key}/password/"
    answer = operator.post(path, password1=password, password2=password, usable_password="true")
    assert answer.status_code == 302, answer.text


def deactivate(shared: Stack, operator: SignedIn, user: SignedIn, key: int) -> None:
    path = f"/admin/auth/user/{key}/change/"
    answer = operator.post(path, username=user.name, date_joined_0="2026-01-01", date_joined_1="00:00:00")
    assert answer.status_code == 302, answer.text


def delete(shared: Stack, operator: SignedIn, user: SignedIn, key: int) -> None:
    shared.python(f"from django.contrib.auth.models import User; User.objects.get(pk={key}).delete()")


def newcomer(shared: Stack, name: str) -> tuple[SignedIn, int]:
    return shared.sign_in(name), user_id(shared, name)


def assert_ended(user: SignedIn, stream: Stream, cookies: httpx.Cookies) -> None:
    """The stream said why, and whoever comes back with that session is a stranger at both webs."""
    assert (stream.frames[-1].event, stream.frames[-1].payload) == ("bye", {"reason": "auth"})
    for url in user.urls:
        assert httpx.get(f"{url}/events/", cookies=cookies, timeout=60).status_code == 204


@pytest.mark.parametrize("end", [log_out, set_password, deactivate, delete])
def test_rule_15_whoever_is_signed_out_at_one_web_is_cut_off_at_the_other(
    shared: Stack, operator: SignedIn, end: End
) -> None:
    (user, key), (bystander, _) = newcomer(shared, end.__name__), newcomer(shared, f"not-{end.__name__}")
    cookies = httpx.Cookies(user.http.cookies)
    with user.stream(1) as stream, bystander.stream(1) as other:
        end(shared, operator, user, key)
        ended = time.monotonic()
        stream.wait_for_end()
        late = stream.frames[-1].at - ended
        assert_ended(user, stream, cookies)
        assert not other.ended.is_set()
    print(f"FIGURE {end.__name__}: {late:.3f} s")  # noqa: T201
    assert late < AT_ONCE_SECONDS


def test_rule_15_ones_other_browsers_are_cut_off_by_a_new_password_and_ones_own_comes_back(
    shared: Stack, operator: SignedIn
) -> None:
    other = SignedIn("root", operator.urls, shared.simulator)
    cookies, new = httpx.Cookies(other.http.cookies), "another-one-9"
    with operator.stream(1) as own, other.stream(1) as stream:
        changed = operator.post("/admin/password_change/", old_password="root", new_password1=new, new_password2=new)
        assert changed.status_code == 302, changed.text
        stream.wait_for_end()
        assert_ended(other, stream, cookies)
        own.wait_for_end()  # its session has another key now
    for web in (0, 1):
        with operator.stream(web) as again:
            assert (again.status, again.frames[0].event) == (200, "ready")


@pytest.fixture
def _no_redis(shared: Stack) -> Iterator[None]:
    shared.kill("redis")
    yield
    shared.start("redis")


@pytest.mark.chaos
@pytest.mark.usefixtures("_no_redis")
def test_rule_15_without_redis_whoever_is_signed_out_is_cut_off_within_a_minute(
    shared: Stack, operator: SignedIn
) -> None:
    ends: list[End] = [log_out, set_password, deactivate, delete]
    people = [newcomer(shared, f"unheard-{end.__name__}") for end in ends]
    cookies = [httpx.Cookies(user.http.cookies) for user, _ in people]
    streams = [user.stream(1) for user, _ in people]
    with newcomer(shared, "still-there")[0].stream(1) as other:
        ended = []
        for end, (user, key) in zip(ends, people, strict=True):
            end(shared, operator, user, key)
            ended.append(time.monotonic())
        for end, (user, _), stream, own, at in zip(ends, people, streams, cookies, ended, strict=True):
            stream.wait_for_end(90)
            late = stream.frames[-1].at - at
            print(f"FIGURE {end.__name__} without Redis: {late:.1f} s")  # noqa: T201
            assert_ended(user, stream, own)
            assert late < UNHEARD_SECONDS + AT_ONCE_SECONDS
        assert not other.ended.is_set()
