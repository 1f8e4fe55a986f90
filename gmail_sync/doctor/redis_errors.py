"""The errors of a connection to Redis, for operators: a sentence each, and its mend."""

import re
import socket

from redis import exceptions

from realtime.transport.redis_address import FORM, Address

HAVE_PUBSUB = "set REDIS_URL to a Redis or Valkey that has Pub/Sub, over its own protocol (redis:// or rediss://)."
CONNECT_SECONDS = 3
UNCHECKED = "REDIS_TLS_VERIFY=False leaves it unchecked"
# What OpenSSL says, in the words of its releases; the first that fits counts.
CERTIFICATES = {
    r"self[- ]signed certificate": (
        "its certificate is self-signed, as on some platforms (Heroku).",
        f"{UNCHECKED}; or give its authority as ?ssl_ca_certs=FILE.",
    ),
    r"(?:Hostname|IP address) mismatch": (
        "its certificate is for another name.",
        f"put the name of the certificate into REDIS_URL; {UNCHECKED}.",
    ),
    r"has expired": ("its certificate has expired.", f"renew it; until then {UNCHECKED}."),
    r"not yet valid": ("its certificate is not yet valid.", "look at the clocks of both: timedatectl"),
    r"local issuer": (
        "its certificate is signed by nobody whom this machine knows.",
        f"give its authority as ?ssl_ca_certs=FILE; {UNCHECKED}.",
    ),
    r"alert certificate required|alert bad certificate": (
        "it requires a client certificate.",
        "give one as ?ssl_certfile=FILE&ssl_keyfile=FILE.",
    ),
    r"wrong[ _]version[ _]number|record layer failure": ("it does not speak TLS.", "begin REDIS_URL with redis://."),
}
# What Redis answers.
REFUSALS = {
    r"DB index is out of range|SELECT is not allowed|invalid DB index": (
        "it has no such database as REDIS_URL names.",
        "end REDIS_URL with /0: Pub/Sub ignores databases.",
    ),
    r"Only HELLO messages|unknown command.*SELECT": (
        "a Sentinel answers there, and it carries no messages.",
        "put the primary's address into REDIS_URL, or that of a proxy which follows the primary.",
    ),
    r"unknown command": (
        "it does not know a command that Finito needs: it is renamed or forbidden.",
        "Finito needs PING, PUBLISH, SUBSCRIBE and UNSUBSCRIBE by these names.",
    ),
    r"max number of clients": ("it takes no more connections.", "raise its maxclients, or end other clients."),
}


def explain(error: Exception, address: Address, prefix: str) -> tuple[str, str]:
    """Return what is wrong and its mend; `prefix` begins the names of our channels."""
    text = str(error)
    if isinstance(error, exceptions.NoPermissionError):
        return _not_permitted(address.user, prefix, text)
    if isinstance(error, exceptions.AuthenticationError) or "NOAUTH" in text or "Authentication required" in text:
        return "it refuses the user or password of REDIS_URL.", f"put the right ones into REDIS_URL: {FORM}"
    if isinstance(error, exceptions.InvalidResponse):
        return "something answers there that does not speak Redis's protocol, such as a REST-only Redis.", HAVE_PUBSUB
    if isinstance(error, exceptions.BusyLoadingError):
        return "it is loading its data.", "wait until it has; Finito keeps nothing in it."
    for table in (REFUSALS, CERTIFICATES):
        for pattern, (said, mend) in table.items():
            if re.search(pattern, text, re.IGNORECASE):
                return said if table is REFUSALS else f"no TLS connection to {address.where}: {said}", mend
    if isinstance(error, exceptions.ResponseError):
        return f"it refuses Pub/Sub ({text}), as a REST-only Redis (Upstash) does.", HAVE_PUBSUB
    return _unreached(error, text, address)


def _not_permitted(user: str, prefix: str, text: str) -> tuple[str, str]:
    """Explain that the Redis user lacks commands or channels; Redis names channels only to one with all commands."""
    commands = "+subscribe +unsubscribe +publish +ping"
    both = f"ACL SETUSER {user} '&{prefix}*' {commands}"
    mend = both if "channel" in text else f"`ACL SETUSER {user} {commands}`; where its channels are limited, `{both}`"
    return f"the user {user} may not use Pub/Sub (NOPERM).", f"as an administrator of Redis: {mend}"


def _silent(address: Address, look: str) -> tuple[str, str]:
    """Explain a missing answer: the network leads nowhere, or Redis takes connections and hangs."""
    hint = "; begin REDIS_URL with redis:// if it does not speak TLS" if address.kind == "tls" else ""
    try:
        if address.kind != "unix":
            socket.create_connection((address.options["host"], address.options["port"]), CONNECT_SECONDS).close()
    except OSError:
        return f"no answer from {address.where} in time.", f"{look}{hint}"
    probe = f"-s {address.where}" if address.kind == "unix" else "-h {host} -p {port}".format(**address.options)
    probe = f"redis-cli {probe}{' --tls' if address.kind == 'tls' else ''} PING"
    said = f"{address.where} takes connections and does not answer in time: it hangs."
    return said, f"restart it, nothing is lost by that; `{probe}` gets no answer as long as it hangs{hint}."


def _unreached(error: Exception, text: str, address: Address) -> tuple[str, str]:
    where = address.where
    look = f"ls -l {where}" if address.kind == "unix" else "nc -vz {host} {port}".format(**address.options)
    if isinstance(error, exceptions.TimeoutError):
        return _silent(address, look)
    if address.kind == "tls" and ("SSL" in text or "certificate" in text):
        return (
            f"no TLS connection to {where}.",
            "read ?ssl_ca_certs and its like in REDIS_URL again; or speak redis://.",
        )
    if address.kind == "tls" and (isinstance(error, FileNotFoundError) or "No such file" in text):
        return (
            "a file that REDIS_URL names (?ssl_...) is not there.",
            "mend its path; each process must be able to read it.",
        )
    if re.search(r"refused|connecting to|No such file|Permission denied", text):
        return f"no connection to {where}.", f"start it, or mend REDIS_URL: {look} says whether it is there."
    return f"{where} closes the connection.", "begin REDIS_URL with rediss:// if it wants TLS."
