"""A logout ends the streams of its session, also one that is just being opened (consumers.py, hub.py)."""

import asyncio
import time

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from realtime.stream import queries
from realtime.stream.hub import get_hub
from tests.realtime.page import Page, in_thread, joined, serve, until

pytestmark = pytest.mark.usefixtures("quiet")


def sign_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_rule_15_a_logout_ends_the_streams_of_its_session_only(ann: User, key: str, client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(ann)

    async def story() -> None:
        page, other = Page(key), Page(elsewhere.cookies[django_settings.SESSION_COOKIE_NAME].value)
        await page.wait_for("ready")
        await other.wait_for("ready")
        await in_thread(client.logout)
        await page.wait_for_end()
        assert page.frames[-1].payload == {"reason": "auth"}
        assert (await Page(key).wait_for_end()).status == 204
        assert not other.ended

    serve(story)


def test_rule_15_a_logout_during_the_connect_is_remembered(
    ann: User, key: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def before_the_logout(session_key: str) -> int:
        asked_at = time.monotonic()
        asked.set()
        await until(lambda: get_hub()._sessions._to_check.remembers(ann.pk, asked_at))
        return ann.pk

    async def story() -> None:
        other = Page((await in_thread(sign_in, ann)).cookies["sessionid"].value)
        await other.wait_for("ready")
        await until(lambda: ann.pk in joined(get_hub().listener))
        monkeypatch.setattr(queries, "user_of", before_the_logout)
        page = Page(key)
        await asked.wait()
        await in_thread(client.logout)
        await page.wait_for_end()
        assert page.frames[-1].payload == {"reason": "auth"}

    serve(story)
