"""A page behind a proxy that spells cookies, host and origin in its own way is the same page."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.support.live import Stack
from tests.support.live_clients import SignedIn

pytestmark = pytest.mark.any_database

HOST = "finito.example"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    env = {"TRUSTED_PROXIES": "127.0.0.1", "ALLOWED_HOSTS": f"{HOST},127.0.0.1"}
    with Stack(tmp_path_factory.mktemp("stack"), webs=1, workers=0, env=env) as stack:
        stack.create_users("ann")
        yield stack


@pytest.fixture
def ann(stack: Stack) -> SignedIn:
    return stack.sign_in("ann", create=False)


def ask(stack: Stack, ann: SignedIn, path: str, host: str, **fields: str) -> http.client.HTTPResponse:
    """A GET or, with `origin` or `referer`, a POST; each cookie in a field of its own, https at the proxy."""
    body = urlencode({"csrfmiddlewaretoken": ann.http.cookies["csrftoken"]}) if fields else ""
    connection = http.client.HTTPConnection("127.0.0.1", stack.web_ports[0], timeout=60)
    connection.putrequest("POST" if fields else "GET", path, skip_host=True)
    headers = {"Host": host, "X-Forwarded-Proto": "https", "Content-Type": "application/x-www-form-urlencoded"}
    for name, value in {**headers, "Content-Length": str(len(body)), **fields}.items():
        connection.putheader(name, value)
    for cookie in ann.http.cookies.jar:
        connection.putheader("Cookie", f"{cookie.name}={cookie.value}")
    connection.endheaders(body.encode())
    return connection.getresponse()


@pytest.mark.parametrize("host", [HOST, "FINITO.Example", f"{HOST}:443"])
def test_it_knows_its_user_by_cookies_in_fields_of_their_own(stack: Stack, ann: SignedIn, host: str) -> None:
    assert ask(stack, ann, "/", host).status == 200
    stream = ask(stack, ann, "/events/", host)
    assert (stream.status, stream.readline()) == (200, b":ok\n")
    stream.close()


@pytest.mark.parametrize(
    ("host", "field", "page"),
    [
        (HOST, "Origin", f"https://{HOST}:443"),
        (f"{HOST}:443", "Origin", f"https://{HOST}"),
        ("FINITO.EXAMPLE", "Origin", f"https://{HOST}"),
        (f"{HOST}:8443", "Origin", f"https://{HOST}:8443"),
        (f"{HOST}:443", "Referer", f"https://{HOST}/accounts/"),
        (HOST, "Referer", f"https://{HOST}:443/accounts/"),
    ],
)
def test_it_takes_a_form_from_its_own_page(stack: Stack, ann: SignedIn, host: str, field: str, page: str) -> None:
    assert ask(stack, ann, "/logout/", host, **{field: page}).status == 302


@pytest.mark.parametrize(
    "page", ["https://evil.example", f"http://{HOST}", f"https://{HOST}:8443", f"https://{HOST}.x"]
)
def test_it_takes_none_from_another(stack: Stack, ann: SignedIn, page: str) -> None:
    assert ask(stack, ann, "/logout/", HOST, Origin=page).status == 403


def test_it_sends_the_user_to_google_with_the_address_that_is_registered(stack: Stack, ann: SignedIn) -> None:
    answer = ask(stack, ann, "/accounts/connect/", f"{HOST}:443", Origin=f"https://{HOST}")
    assert f"redirect_uri=https%3A%2F%2F{HOST}%2Faccounts%2Fcallback%2F" in answer.headers["Location"]
