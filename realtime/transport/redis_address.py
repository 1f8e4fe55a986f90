"""Reads REDIS_URL: how to reach the one Redis of an installation, or one sentence on its fault.

Pure. Neither a sentence nor a hint holds what stands before the `@`, which is or may be the password.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

FORM = "redis://USER:PASSWORD@HOST:6379/0"
SCHEMES = {"redis": "tcp", "valkey": "tcp", "rediss": "tls", "valkeys": "tls", "unix": "unix"}
FALSE = ("", "0", "f", "false", "n", "no", "off")


def _seconds(text: str) -> float:
    if not 0 < float(text) < 3_600:
        raise ValueError
    return float(text)


# What may stand behind a `?`: redis-py's own names, https://redis.readthedocs.io/en/stable/connections.html
READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("username", "password", "client_name"), str),
    **dict.fromkeys(("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_password", "ssl_ciphers"), str),
    **dict.fromkeys(("socket_timeout", "socket_connect_timeout"), _seconds),
    **dict.fromkeys(("socket_keepalive", "ssl_check_hostname"), lambda text: text.lower() not in FALSE),
    "health_check_interval": int,
    "protocol": lambda text: {"2": 2, "3": 3}[text],
    "ssl_cert_reqs": lambda text: {"none": "none", "optional": "optional", "required": "required"}[
        text.lower().removeprefix("cert_")
    ],
}
OF_POOLS = {"max_connections", "timeout", "retry_on_timeout", "decode_responses"}  # which we have not
REST_ONLY = "An https address is a REST-only Redis (Upstash): it has no Pub/Sub. Use one that has."
ONE_REDIS = (
    "Finito speaks to one Redis. Name the primary, or an address that follows it, such as a proxy's or the one that a "
    "platform gives; of a cluster any one node will do."
)
ENCODE = f"Write it as {FORM}, and within USER and PASSWORD @ as %40, : as %3A, / as %2F, ? as %3F, # as %23."


class AddressUnusable(ValueError):
    """REDIS_URL cannot be used; `said` is a sentence for an operator, `hint` what mends it."""

    def __init__(self, said: str, hint: str = f"Write it as {FORM}.") -> None:
        super().__init__(said)
        self.said, self.hint = said, hint


@dataclass(frozen=True)
class Address:
    """`kind` is tcp, tls or unix; `options` are arguments of redis-py's connections; `where` may be shown."""

    kind: str
    options: dict[str, Any] = field(repr=False)
    where: str

    @property
    def user(self) -> str:
        """Return the name by which Redis knows us."""
        return str(self.options.get("username", "default"))


def read(url: str, verify: bool = True) -> Address:
    """Read REDIS_URL; `verify` is REDIS_TLS_VERIFY, above which an `ssl_cert_reqs` of the address stands.

    Raises AddressUnusable.
    """
    url = url.strip()
    if len(url) > 1 and url[0] == url[-1] and url[0] in "'\"":
        url = url[1:-1].strip()  # docker's --env-file and some platforms keep the quotes
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise AddressUnusable("REDIS_URL has a blank within.", ENCODE)
    scheme, separator, rest = url.partition("://")
    kind = SCHEMES.get(scheme.lower(), "")
    if not separator or not kind:
        raise _foreign(scheme.lower() if separator else "")
    login, _, rest = rest.rpartition("@") if "@" in rest.partition("?")[0] else ("", "", rest)
    if re.search(r"[/?#]", login):
        raise AddressUnusable("The user or password in REDIS_URL has a character that ends it (/, ? or #).", ENCODE)
    place, _, query = rest.partition("?")
    where = _socket(place) if kind == "unix" else _host(place)
    options = {**where, **_query(query)}
    options |= _login(login, options)
    if kind == "unix":
        return Address(kind, _without_tls(options, "unix"), where["path"])
    if kind == "tls":
        options = {"ssl_cert_reqs": "required" if verify else "none", **options}
        if options["ssl_cert_reqs"] == "none":
            options["ssl_check_hostname"] = False
    else:
        _without_tls(options, scheme.lower())
    host = f"[{where['host']}]" if ":" in where["host"] else where["host"]
    return Address(kind, options, f"{host}:{where['port']}")


def secrets(url: str) -> set[str]:
    """List the parts of it that must never be shown; of one that cannot be read nothing is shown at all."""
    try:
        options = read(url).options
    except AddressUnusable:
        return set()
    return {str(options[name]) for name in ("password", "ssl_password") if options.get(name)}


def _foreign(scheme: str) -> AddressUnusable:
    if scheme in ("http", "https"):
        return AddressUnusable("REDIS_URL must begin with redis:// or rediss://.", REST_ONLY)
    if "sentinel" in scheme:
        return AddressUnusable("REDIS_URL names Sentinels, which Finito does not ask.", ONE_REDIS)
    if "cluster" in scheme:
        return AddressUnusable("REDIS_URL names a cluster.", ONE_REDIS)
    return AddressUnusable("REDIS_URL must begin with redis://, rediss://, valkey://, valkeys:// or unix://.")


def _login(login: str, options: dict[str, Any]) -> dict[str, str]:
    user, colon, password = login.partition(":")
    if user and not colon and "password" not in options:
        said = "REDIS_URL has a user without a password before the @."
        raise AddressUnusable(said, "A password alone stands behind a colon: redis://:PASSWORD@HOST:6379/0.")
    return {name: unquote(text) for name, text in (("username", user), ("password", password)) if text}


def _authority(authority: str) -> tuple[str, int]:
    if "," in authority:
        raise AddressUnusable("REDIS_URL lists several hosts.", ONE_REDIS)
    found = re.fullmatch(r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[^:]*))?", authority)
    if found is None:
        said = "The host in REDIS_URL is neither a name nor an address."
        raise AddressUnusable(said, "An IPv6 address stands in brackets: redis://[::1]:6379/0.")
    port = found["port"] or "6379"
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise AddressUnusable("The port in REDIS_URL must be a number from 1 to 65535.", ENCODE)
    host = found["name"] if found["v6"] is None else found["v6"]
    if not host:
        raise AddressUnusable("REDIS_URL names no host.")
    try:
        if found["v6"] is not None:
            ipaddress.IPv6Address(host)
        elif not re.fullmatch(r"[\w.-]+", host) or not host.encode("idna"):
            raise ValueError
    except ValueError:
        raise AddressUnusable("The host in REDIS_URL is neither a name nor an address.", ENCODE) from None
    return host, int(port)


def _database(path: str) -> int:
    number = path.removesuffix("/") or "0"
    if not re.fullmatch(r"[0-9]{1,6}", number):
        said = "What stands behind the host in REDIS_URL must be the number of a database, such as /0."
        raise AddressUnusable(said, ENCODE)
    return int(number)


def _host(place: str) -> dict[str, Any]:
    authority, _, path = place.partition("/")
    host, port = _authority(authority)
    return {"host": host, "port": port, "db": _database(path)}


def _socket(place: str) -> dict[str, Any]:
    if not place.startswith("/") or place.endswith("/"):
        said = "Behind unix:// REDIS_URL must give the path of a socket, from the root."
        raise AddressUnusable(said, "Write it as unix:///run/redis/redis.sock?db=0.")
    return {"path": unquote(place), "db": 0}


def _without_tls(options: dict[str, Any], scheme: str) -> dict[str, Any]:
    of_tls = sorted(name for name in options if name.startswith("ssl_"))
    if of_tls:
        raise AddressUnusable(f"REDIS_URL has {of_tls[0]}, and begins with {scheme}://, which is without TLS.")
    if scheme == "unix":
        options.pop("socket_keepalive", None)
    return options


def _query(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, text in parse_qsl(query.partition("#")[0], keep_blank_values=True):
        if name in OF_POOLS:
            continue
        try:
            options[name] = _database(text) if name == "db" else READERS[name](text)
        except (ValueError, KeyError):
            if name in READERS or name == "db":
                raise AddressUnusable(f"REDIS_URL has a value of {name} that cannot be read.") from None
            known = ", ".join(sorted(["db", *READERS]))
            raise AddressUnusable("REDIS_URL has an option that is not known.", f"Known are: {known}.") from None
    return options
