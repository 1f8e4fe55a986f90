"""One spelling behind the edge, whatever proxies and browsers send."""

import pytest
from django.http import parse_cookie

from finito.edge.canonical import canonical_headers, canonical_host, canonical_origin


@pytest.mark.parametrize(
    ("fields", "one"),
    [
        ([b"a=1"], b"a=1"),
        ([b"a=1", b"sessionid=x"], b"a=1; sessionid=x"),
        ([b"a=1; b=2;", b" sessionid=x "], b"a=1; b=2; sessionid=x"),
        ([b"", b"sessionid=x", b";"], b"sessionid=x"),
        ([b'a="1,2"', b"b=\xe9"], b'a="1,2"; b=\xe9'),
    ],
)
def test_it_makes_one_cookie_field_of_several(fields: list[bytes], one: bytes) -> None:
    sent = [(b"cookie", field) for field in fields]
    headers = canonical_headers({"scheme": "https", "headers": [(b"accept", b"*/*"), *sent]})
    assert headers == [(b"accept", b"*/*"), (b"cookie", one)]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"application/json; charset=utf-8", b"application/json"),
        (b"text/plain; charset*=bogus''x", b"text/plain"),
        (b"multipart/form-data; boundary=----x", b"multipart/form-data; boundary=----x"),
        (b'multipart/form-data;charset=hex;BOUNDARY="a b"; y', b'multipart/form-data; boundary="a b"'),
        (b"multipart/form-data; boundary=" + b"x" * 300, b"multipart/form-data; boundary=" + b"x" * 200),
        (b"", b""),
    ],
)
def test_it_leaves_a_body_its_kind_and_its_boundary(sent: bytes, kept: bytes) -> None:
    headers = canonical_headers({"scheme": "https", "headers": [(b"Content-Type", sent)]})
    assert headers == [(b"content-type", kept)]


def test_no_cookie_holds_a_nul_however_it_is_quoted() -> None:
    for sent in (rb'a="\000"', rb'a="\0\00000"', rb'a="\\000"', rb'a="\00\0000"'):
        ((_, cookie),) = canonical_headers({"headers": [(b"cookie", sent)]})
        assert "\0" not in parse_cookie(cookie.decode("latin-1"))["a"], sent


@pytest.mark.parametrize(
    ("scheme", "host", "shortest"),
    [
        ("https", "Finito.Example", "finito.example"),
        ("https", "finito.example:443", "finito.example"),
        ("http", "finito.example:80", "finito.example"),
        ("http", "finito.example:443", "finito.example:443"),
        ("https", "finito.example:8443", "finito.example:8443"),
        ("https", "finito.example:", "finito.example"),
        ("https", "[::1]:443", "[::1]"),
        ("http", "[2001:DB8::80]", "[2001:db8::80]"),
        ("http", "", ""),
    ],
)
def test_it_takes_the_host_in_its_shortest_form(scheme: str, host: str, shortest: str) -> None:
    assert canonical_host(host, scheme) == shortest
    if host:
        assert canonical_origin(f"{scheme.upper()}://{host}") == f"{scheme}://{shortest}"
        assert canonical_origin(f"{scheme}://{host}/Path?q=A#b") == f"{scheme}://{shortest}/Path?q=A#b"


@pytest.mark.parametrize("origin", ["null", "", "file://", "android-app://Com.Example", "http:/x", "http://["])
def test_it_leaves_what_is_no_web_origin(origin: str) -> None:
    assert canonical_origin(origin) == origin
