"""Which sessions are alive, by the same rules as Django's own, and that asking costs the same for any number."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user, logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from realtime.stream import sessions
from realtime.transport import publish

remembered: dict[str, sessions.Judged] = {}


@pytest.fixture(autouse=True)
def _judged(key: str) -> None:
    """The session was judged once before."""
    remembered.clear()
    assert key in sessions.signed_in([key], remembered)


def alive(key: str) -> bool:
    """Whether we say that the session is alive, which Django must say as well, whatever is remembered of it."""
    request = HttpRequest()
    request.session = SessionStore(key)
    answer = key in sessions.signed_in([key])
    assert answer == (key in sessions.signed_in([key], remembered))
    assert answer == get_user(request).is_authenticated
    return answer


def request_of(ann: User, key: str) -> HttpRequest:
    request = HttpRequest()
    request.session, request.user = SessionStore(key), ann
    return request


def test_it_knows_whose_session_it_is(ann: User, key: str) -> None:
    assert sessions.signed_in([key, "unknown", ""]) == {key: ann.pk}
    assert alive(key)


def test_it_does_not_know_a_session_that_nobody_signed_in_to(db: None) -> None:
    store = SessionStore()
    store["cart"] = 1
    store.save()
    assert sessions.signed_in([store.session_key or ""]) == {}


def test_it_ends_with_its_time(key: str) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not alive(key)


def test_it_ends_with_a_logout(ann: User, key: str) -> None:
    logout(request_of(ann, key))
    assert not alive(key)


def test_it_ends_with_the_user(ann: User, key: str) -> None:
    ann.delete()
    assert not alive(key)


def test_it_ends_when_the_user_is_deactivated(ann: User, key: str) -> None:
    User.objects.update(is_active=False)
    assert not alive(key)


def test_it_ends_when_somebody_else_changes_the_password(ann: User, key: str) -> None:
    ann.set_password("another")
    ann.save()
    assert not alive(key)


def test_rule_15_changing_ones_own_password_keeps_ones_own_session(ann: User, key: str) -> None:
    elsewhere = Client()
    elsewhere.force_login(ann)
    ann.set_password("another")
    ann.save()
    request = request_of(ann, key)
    update_session_auth_hash(request, ann)
    request.session.save()
    assert sessions.signed_in([request.session.session_key or ""])
    assert not alive(elsewhere.cookies[settings.SESSION_COOKIE_NAME].value)


def test_it_ends_when_its_backend_is_no_longer_trusted(key: str, settings: Settings) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    assert not alive(key)


def test_it_survives_a_rotation_of_the_secret_key(key: str, settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the-new-secret-key-that-is-long-enough-for-everybody"
    before = Session.objects.get().session_data
    assert sessions.signed_in([key])
    assert Session.objects.get().session_data == before  # a stream could not hand a new key to the browser
    settings.SECRET_KEY_FALLBACKS = []
    assert not sessions.signed_in([key])


@pytest.mark.parametrize("tamper", [str.swapcase, lambda text: text[:-1], lambda text: "", lambda text: f"x{text}"])
def test_it_refuses_a_tampered_session(key: str, tamper: Callable[[str], str]) -> None:
    session = Session.objects.get()
    Session.objects.update(session_data=tamper(session.session_data))
    assert not alive(key)


def test_it_costs_two_queries_for_a_hundred_sessions(
    ann: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keys = {}
    for number in range(100):
        browser, user = Client(), (ann, bob)[number % 2]
        browser.force_login(user)
        keys[browser.cookies[settings.SESSION_COOKIE_NAME].value] = user.pk
    with django_assert_num_queries(2):
        assert sessions.signed_in(keys) == keys


def test_it_judges_anew_only_what_changed(ann: User, bob: User, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client()
    browser.force_login(bob)
    other = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert sessions.signed_in([key, other], remembered) == {key: ann.pk, other: bob.pk}
    bob.set_password("another")
    bob.save()
    monkeypatch.setattr(sessions, "_verified", lambda user, values: user == bob)  # of ann nobody asks
    assert sessions.signed_in([key, other], remembered) == {key: ann.pk, other: bob.pk}


def flush(ann: User, key: str) -> None:
    logout(request_of(ann, key))


def deactivate(ann: User, key: str) -> None:
    ann.is_active = False
    ann.save()


def delete_all(ann: User, key: str) -> None:
    Session.objects.all().delete()


@pytest.mark.parametrize("end", [flush, deactivate, delete_all])
def test_rule_15_the_notice_comes_when_the_session_has_ended(
    ann: User, key: str, end: Callable[[User, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[int, dict[str, int]]] = []

    def look(group: str, message: dict[str, int]) -> None:
        found.append((message["user_id"], sessions.signed_in([key])))

    monkeypatch.setattr(publish, "send_soon", look)
    with transaction.atomic():
        end(ann, key)
        assert found == []
    assert found
    assert set(map(str, found)) == {str((ann.pk, {}))}


def test_it_sends_no_notice_for_the_date_of_a_login(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(publish, "send_soon", lambda group, message: sent.append(group))
    Client().force_login(ann)
    assert sent == []
