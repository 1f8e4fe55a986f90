"""The peers: how each is started, and how one event is published to it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgpack

from bench.load.generator import NUMBER_DIGITS, TIME_DIGITS
from launcher.environment import VAR
from launcher.supervisor import Failed

HERE = Path(__file__).parent
VENV = VAR / "peers"
NCHAN = Path(os.environ.get("NCHAN_MODULE", "/usr/lib/nginx/modules/ngx_nchan_module.so"))


class Missing(Exception):
    """It is not installed here; the text says what would install it."""


@dataclass(frozen=True)
class Peer:
    """`command` takes its port, Redis' port and a folder; `record` what a user is sent, for that user's number."""

    name: str
    command: Callable[[int, int, Path], list[str]]
    record: Callable[[int, bytes], bytes]
    publishes_by_itself: bool = False
    connections: int = 1
    most: int = 10_000  # streams: two descriptors each, and a limit of 20,000 is usual


def resp(*words: bytes) -> bytes:
    """Write a command as Redis reads it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def event(user: int) -> bytes:
    """Write the same JSON as Finito's, with places for its number and its time."""
    labels = b'"label_ids":["INBOX","IMPORTANT"]},"added_label_ids":[],"removed_label_ids":["UNREAD"]}'
    at = f'"u":{user},"n":'.encode() + NUMBER_DIGITS + b',"t":' + TIME_DIGITS
    return b'{"account_id":7,' + at + b',"message":{"id":"18c2f0a1b2c3d4e5","thread_id":"18c2f0a1b2c3d4e5",' + labels


def _ours(name: str) -> Callable[[int, int, Path], list[str]]:
    return lambda port, redis, folder: [sys.executable, str(HERE / name), str(port), str(redis)]


def _theirs(name: str) -> Callable[[int, int, Path], list[str]]:
    return lambda port, redis, folder: [str(_python()), str(HERE / name), str(port), str(redis)]


def _python() -> Path:
    """Return the peers' own Python; makes their environment when it is not there, or is of other requirements."""
    wanted, made = HERE / "requirements.txt", VENV / "requirements.txt"
    if not made.exists() or made.read_bytes() != wanted.read_bytes():
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "-r", str(wanted)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Missing(f"bench/peers/requirements.txt cannot be installed: {done.stderr[-300:]}")
        made.write_bytes(wanted.read_bytes())
    return VENV / "bin/python"


def _nchan(port: int, redis: int, folder: Path) -> list[str]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or not NCHAN.exists():
        raise Missing("apt install nginx libnginx-mod-nchan")
    text = (HERE / "nchan.conf").read_text()
    for name, value in {"NCHAN": str(NCHAN), "PREFIX": str(folder), "REDIS": str(redis), "PORT": str(port)}.items():
        text = text.replace(name, value)
    (folder / "nchan.conf").write_text(text)
    return [nginx, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nchan.conf")]


def _post(user: int, body: bytes) -> bytes:
    head = f"POST /publish/{user} HTTP/1.1\r\nHost: peer\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _layer(user: int, body: bytes) -> bytes:
    message = msgpack.packb({"type": "stream.event", "text": body.decode()})
    return resp(b"PUBLISH", f"asgi__group__user.{user}".encode(), message)


def _eventstream(user: int, body: bytes) -> bytes:
    said = {"channel": f"user-{user}", "event_type": "message", "data": body.decode(), "pub_id": None}
    return resp(b"PUBLISH", b"events_channel", json.dumps(said).encode())


FLOOR = Peer(
    "floor", _ours("floor.py"), lambda user, body: resp(b"PUBLISH", b"user.%d" % user, b"data: " + body + b"\n\n")
)
CHANNELS = Peer("Channels' documented consumer", _ours("channels_consumer.py"), _layer)
STARLETTE = Peer(
    "sse-starlette, redis.asyncio",
    _theirs("starlette_sse.py"),
    lambda user, body: resp(b"PUBLISH", b"user.%d" % user, body),
    most=5_000,
)
EVENTSTREAM = Peer("django-eventstream", _theirs("django_events.py"), _eventstream, most=5_000)
NCHAN_REDIS = Peer("nchan, Redis", _nchan, _post, publishes_by_itself=True, connections=64)
PEERS = [FLOOR, NCHAN_REDIS, STARLETTE, EVENTSTREAM, CHANNELS]


def peers(small: bool) -> list[Peer]:
    """List those to measure, the floor first; a small run takes only what runs in Finito's own environment."""
    return [FLOOR, CHANNELS] if small else PEERS


def require(peer: Peer, folder: Path, port: int, redis: int) -> list[str]:
    """Return its command. Raises Missing, or Failed where its program is broken."""
    command = peer.command(port, redis, folder)
    if not Path(command[0]).exists():
        raise Failed(f"{peer.name}: {command[0]} is not there")
    return command
