"""The scheme and the address of a browser behind one proxy or several."""

import asyncio
from typing import Any

import pytest

from finito.edge.proxy_headers import ProxyHeaders

PROXY, BROWSER = "10.0.0.1", "203.0.113.7"


def seen(*headers: tuple[str, str], by: str = PROXY) -> tuple[str, str]:
    """Return the scheme and the client that the application sees of a request by that peer."""
    scopes: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "scheme": "http", "client": (by, 1), "headers": raw}
    asyncio.run(ProxyHeaders(application, trusted_hosts=[PROXY])(scope, None, None))
    return scopes[0]["scheme"], scopes[0]["client"][0]


@pytest.mark.parametrize(
    ("said", "scheme"),
    [
        (["https"], "https"),
        (["http"], "http"),
        (["https, http"], "https"),
        (["https,https"], "https"),
        (["http,https"], "http"),
        (["HTTPS"], "https"),
        (["https", "http"], "https"),
        (["https, http", "http"], "https"),
        ([""], "http"),
        (["ftp, https"], "http"),
    ],
)
def test_it_takes_the_browsers_scheme(said: list[str], scheme: str) -> None:
    assert seen(*(("x-forwarded-proto", value) for value in said))[0] == scheme


def test_it_believes_nobody_else() -> None:
    assert seen(("x-forwarded-proto", "https, http"), ("x-forwarded-for", BROWSER), by=BROWSER) == ("http", BROWSER)


@pytest.mark.parametrize("said", [BROWSER, f"{BROWSER}:4711", f"198.51.100.1, {BROWSER}, {PROXY}"])
def test_it_takes_the_address_that_the_nearest_stranger_had(said: str) -> None:
    assert seen(("x-forwarded-for", said)) == ("http", BROWSER)
