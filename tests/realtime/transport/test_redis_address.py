"""REDIS_URL as people and platforms write it: what works, and one sentence for what does not."""

from typing import Any

import pytest
import redis.asyncio
from pytest_django import Settings

from realtime.checks import redis_is_configured
from realtime.transport import redis_connection
from realtime.transport.redis_address import AddressUnusable, read

PASSWORD = "top-s3cret"
READ: dict[str, tuple[str, dict[str, Any]]] = {
    "redis://h": ("tcp", {"host": "h", "port": 6379, "db": 0}),
    "redis://h:/": ("tcp", {"host": "h", "port": 6379, "db": 0}),
    "REDIS://h:7/2": ("tcp", {"host": "h", "port": 7, "db": 2}),
    "valkey://h:7/2/": ("tcp", {"host": "h", "port": 7, "db": 2}),
    " redis://h\n": ("tcp", {"host": "h"}),
    "'redis://h'": ("tcp", {"host": "h"}),
    '" redis://h "': ("tcp", {"host": "h"}),
    "redis://h?db=3": ("tcp", {"host": "h", "db": 3}),
    "redis://h?max_connections=20": ("tcp", {"host": "h"}),
    "redis://my_redis.internal.:6379": ("tcp", {"host": "my_redis.internal."}),
    "redis://[::1]:7/1": ("tcp", {"host": "::1", "port": 7, "db": 1}),
    "redis://[fe80::1%eth0]": ("tcp", {"host": "fe80::1%eth0", "port": 6379}),
    "redis://:p@h": ("tcp", {"password": "p"}),
    "redis://:@h": ("tcp", {"host": "h"}),
    "redis://u:p@h": ("tcp", {"username": "u", "password": "p"}),
    "redis://u:@h": ("tcp", {"username": "u"}),
    "redis://u:p:q@r@h": ("tcp", {"username": "u", "password": "p:q@r"}),
    "redis://:50%off@h": ("tcp", {"password": "50%off"}),
    "redis://:a'b=c+d@h": ("tcp", {"password": "a'b=c+d"}),
    "redis://:%40%3A%2F%3F%23%25@h": ("tcp", {"password": "@:/?#%"}),
    "redis://h?username=u&password=p%20q": ("tcp", {"username": "u", "password": "p q"}),
    "rediss://h:6380": ("tls", {"port": 6380, "ssl_cert_reqs": "required"}),
    "valkeys://h": ("tls", {"host": "h", "ssl_cert_reqs": "required"}),
    "rediss://h?ssl_cert_reqs=none": ("tls", {"ssl_cert_reqs": "none", "ssl_check_hostname": False}),
    "rediss://h?ssl_cert_reqs=CERT_NONE": ("tls", {"ssl_cert_reqs": "none"}),
    "rediss://h?ssl_check_hostname=false": ("tls", {"ssl_cert_reqs": "required", "ssl_check_hostname": False}),
    "rediss://h?ssl_ca_certs=/etc/ca.pem": ("tls", {"ssl_ca_certs": "/etc/ca.pem"}),
    "unix:///run/redis.sock": ("unix", {"path": "/run/redis.sock", "db": 0}),
    "unix:///run/my%20redis.sock?db=1&password=p": ("unix", {"path": "/run/my redis.sock", "db": 1, "password": "p"}),
    "unix://u:p@/run/redis.sock": ("unix", {"username": "u", "password": "p"}),
    "unix://u@/run/redis.sock?password=p": ("unix", {"username": "u", "password": "p"}),
}
REFUSED = {
    **dict.fromkeys(("h:6379", "127.0.0.1:6379", "redis", "redis:h", "redis:/h", "ftp://h", "memcached://h"), "begin"),
    **dict.fromkeys(("'redis://h", "redis+tls://h", "tls://h", "redis+socket:///h"), "begin"),
    **dict.fromkeys(("https://x.upstash.io", "http://h"), "begin with redis:// or rediss://"),
    **dict.fromkeys(("redis://", "redis:///0", "redis://:6379", "redis://:p@", "redis://?db=1"), "names no host"),
    **dict.fromkeys(("redis://h:0", "redis://h:70000", "redis://h:text", "redis://h:-1", "redis://h:\uff16"), "port"),
    **dict.fromkeys(("redis://h:6379h", "redis://h:+5", "redis://:p?q@h", "redis://h:%31"), "port"),
    **dict.fromkeys(
        ("redis://::1", "redis://::1:6379/0", "redis://h:6379:1", "redis://[::1", "redis://::1]", "redis://[::1]x"),
        "host",
    ),
    **dict.fromkeys(("redis://[h]:1", "redis://[]", "redis://a..b", f"redis://{'a' * 64}", "redis://a%2Fb"), "host"),
    **dict.fromkeys(("redis://h/x", "redis://h/-1", "redis://h/0/1", "redis://h/1.5"), "number of a database"),
    **dict.fromkeys(("redis://a,b", "redis://a:1,b:2/0", "redis://:p@a:1,b:2,c:3"), "several hosts"),
    **dict.fromkeys(("redis-sentinel://a:26379/mymaster", "redis+sentinel://a", "sentinel://a;b"), "Sentinels"),
    **dict.fromkeys(("redis-cluster://a", "rediss+cluster://a"), "cluster"),
    **dict.fromkeys(("redis://u@h", f"redis://{PASSWORD}@h"), "without a password"),
    **dict.fromkeys(("redis://:p/q@h", "redis://:p#q@h", "redis://:p/q#r@h:1/0"), "character that ends it"),
    **dict.fromkeys(("redis://h h", "redis://:p q@h", "redis://h\t:1", "redis://h\x00"), "blank"),
    **dict.fromkeys(("redis://h?ssl=true", "redis://h?tls", "redis://h?x=1"), "option that is not known"),
    **dict.fromkeys(("redis://h?protocol=9", "redis://h?db=x", "redis://h?socket_timeout=nan"), "cannot be read"),
    **dict.fromkeys(("rediss://h?ssl_cert_reqs=maybe", "redis://h?health_check_interval=often"), "cannot be read"),
    **dict.fromkeys(("redis://h?ssl_cert_reqs=none", "unix:///r.sock?ssl_cert_reqs=none"), "without TLS"),
    **dict.fromkeys(("unix://", "unix://redis.sock", "unix://run/redis.sock", "unix:///", "unix:///run/"), "socket"),
}


@pytest.mark.parametrize("url", READ)
def test_it_reads_what_is_meant(url: str) -> None:
    kind, options = READ[url]
    address = read(url)
    assert address.kind == kind
    assert {name: address.options.get(name) for name in options} == options
    assert ("password" in address.options) == ("password" in options)


@pytest.mark.parametrize("url", READ)
def test_redis_py_takes_what_was_read(url: str) -> None:
    asynchronous = redis.asyncio.ConnectionPool(**redis_connection.options(read(url))).make_connection()  # type: ignore[no-untyped-call]
    synchronous = redis_connection.client(read(url)).connection_pool.make_connection()
    for connection in (asynchronous, synchronous):
        assert {name: getattr(connection, name) for name in ("db", "password")} == {
            name: read(url).options.get(name) for name in ("db", "password")
        }


@pytest.mark.parametrize("url", REFUSED)
def test_it_says_in_one_sentence_what_is_wrong(url: str, settings: Settings) -> None:
    with pytest.raises(AddressUnusable, match=REFUSED[url]) as refused:
        read(url)
    assert refused.value.said.endswith(".")
    assert refused.value.hint
    settings.REDIS_URL = url
    (error,) = redis_is_configured()
    assert (error.id, error.msg, error.hint) == ("finito.E004", refused.value.said, refused.value.hint)


PLACES = ("redis://:{}@", "redis://{}:p@", "redis://{}@h:port", "rediss://u:{}@h:99999", "unix://u:{}@h", "redis://{}")


@pytest.mark.parametrize("place", [*PLACES, "redis://:{}@h/x", "redis://:{}@a,b", "redis://:{}/x@h", "https://u:{}@h"])
@pytest.mark.parametrize("end", ["", "?password={}", "?{}=1", "?db={}", "#{}", "/{}"])
def test_it_never_tells_the_password(place: str, end: str) -> None:
    for url in (f"{place}{end}".replace("{}", PASSWORD), f" {place}{end}\n".replace("{}", f"{PASSWORD}%zz")):
        try:
            told = repr(read(url)) if "@" in url else ""  # else it is the host's name
        except AddressUnusable as refused:
            told = refused.said + refused.hint + str(refused)
        assert PASSWORD not in told


def test_it_believes_certificates_unless_it_is_told_not_to() -> None:
    assert read("rediss://h").options["ssl_cert_reqs"] == "required"
    assert read("rediss://h", verify=False).options["ssl_cert_reqs"] == "none"
    assert read("rediss://h?ssl_cert_reqs=required", verify=False).options["ssl_cert_reqs"] == "required"
