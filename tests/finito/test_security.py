"""A stranger, a forged page or a stolen cookie can do nothing (finito/settings.py, urls.py)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT

pytestmark = pytest.mark.any_database

LOGIN, PASSWORD = "/login/", "a-long-password"
PRODUCTION = {
    **ENVIRONMENT,
    "HTTPS_ONLY": "True",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "DATABASE_URL": "postgres://finito@127.0.0.1/finito",
}
EXAMPLES = {"int": "1", "slug": "x", "str": "x", "path": "1", "uuid": "00000000-0000-0000-0000-000000000000"}


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_superuser("ann", password=PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, next_: str = "/", **request: Any) -> Any:
    return client.post(LOGIN, {"username": "ann", "password": password, "next": next_}, **request)


def paths(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """An address for each view of the URL configuration."""
    for pattern in patterns:
        route = re.sub(r"<(\w+):\w+>", lambda found: EXAMPLES[found[1]], str(pattern.pattern))
        # The admin's two regular expressions: its catch-all, and the index of an app.
        route = re.sub(r"\(\?P<\w+>(\w+|\.\*)[^)]*\)", lambda found: found[1].replace(".*", "x"), route).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from paths(pattern.url_patterns, before + route)
        else:
            yield f"/{before}{route}"


PATHS = sorted(set(paths(get_resolver().url_patterns)))


def test_it_passes_djangos_checks_for_production() -> None:
    environment = {**os.environ, **PRODUCTION}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    checked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert checked.stdout == "System check identified no issues (0 silenced).\n", checked.stderr


def test_it_has_every_kind_of_address() -> None:
    assert {"/login/", "/accounts/1/disconnect/", "/admin/x", "/admin/gmail_sync/gmailaccount/1/delete/"} <= set(PATHS)
    assert len(PATHS) > 40


def test_it_takes_no_post_without_the_csrf_token_but_googles(ann: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    assert {path for path in PATHS if client.post(path).status_code != 403} == {"/gmail/push/"}


def test_it_takes_no_post_with_the_token_of_another_site(ann: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(LOGIN)
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post(LOGIN, token, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(LOGIN, token, headers={"Origin": "http://testserver"}).status_code == 200


@pytest.mark.parametrize("path", ["/", LOGIN, "/admin/login/", "/nothing/", "/livez"])
def test_it_tells_the_browser_what_our_pages_may_do(path: str, client: Client, db: None) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy.pop("form-action") == "'self' http://127.0.0.1:9"  # of the tests' GOOGLE_AUTH_URL
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert headers["Permissions-Policy"].count("=()") == 6
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_it_cannot_be_put_in_a_frame(client: Client, db: None) -> None:
    assert client.get(LOGIN).headers["X-Frame-Options"] == "DENY"


def test_it_keeps_its_cookies_to_https(client: Client, ann: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True  # HTTPS_ONLY
    client.get(LOGIN)
    cookies = sign_in(client).cookies
    assert cookies.keys() == {"sessionid", "csrftoken"}
    for cookie in cookies.values():
        assert (cookie["secure"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")
    assert cookies["sessionid"]["httponly"]


def test_it_gives_a_new_session_and_a_new_token_at_the_login(client: Client, ann: User) -> None:
    client.get(LOGIN)
    session = client.session
    session.save()
    fixed = str(session.session_key)
    client.cookies["sessionid"] = fixed
    token = client.cookies["csrftoken"].value
    cookies = sign_in(client).cookies
    assert cookies["sessionid"].value != fixed
    assert cookies["csrftoken"].value != token
    client.cookies["sessionid"] = fixed
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_it_leads_to_no_other_site_after_the_login(client: Client, ann: User, evil: str) -> None:
    assert sign_in(client, next_=evil).headers["Location"] == "/"
    assert client.get(LOGIN, {"next": evil}).headers["Location"] == "/"  # already signed in


@pytest.mark.parametrize("path", ["/", LOGIN, "/admin/"])
def test_it_answers_to_its_own_names_only(client: Client, db: None, path: str) -> None:
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 400
