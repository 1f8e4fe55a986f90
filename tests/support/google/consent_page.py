"""Gives Google's consent page as a browser answers it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

REDIRECT_URI = "http://localhost/accounts/callback/"


_browser = httpx.Client(verify=False, timeout=60)  # plain http only; making a TLS context takes longer than a test


def consented(url: str, email: str, decision: str = "allow", **what: Any) -> dict[str, str]:
    """Press the button on Google's page; returns what the browser brings back to us."""
    form = {**dict(httpx.QueryParams(urlsplit(url).query)), "email": email, "decision": decision, **what}
    answer = _browser.post(url.partition("?")[0], data=form)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
