"""The edge before Django: the bound on bodies, and the refusal to start without the settings."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest

from finito.edge.body_limit import BODY_LIMIT_BYTES, BodyLimit
from launcher.environment import ROOT

pytestmark = pytest.mark.slow  # processes, or waits

Message = dict[str, Any]


def post(headers: dict[str, str], *chunks: bytes) -> tuple[int, bytes, int]:
    """Send a body in chunks; gives the status, what the application was handed, and how many chunks were taken."""
    taken = 0
    handed = b""
    sent: list[Message] = []

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": chunks[taken - 1], "more_body": taken < len(chunks)}

    async def send(message: Message) -> None:
        sent.append(message)

    async def application(scope: Message, receive: Any, send: Any) -> None:
        nonlocal handed
        more = True
        while more:
            message = await receive()
            handed += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204, "headers": []})

    scope = {"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(BodyLimit(application)(scope, receive, send))
    return sent[0]["status"], handed, taken


def test_it_hands_on_what_fits() -> None:
    body = b"x" * BODY_LIMIT_BYTES
    assert post({"content-length": str(len(body))}, body) == (204, body, 1)
    assert post({"transfer-encoding": "chunked"}, body[:10], body[10:]) == (204, body, 2)


def test_it_refuses_what_is_declared_too_large_before_it_takes_any_of_it() -> None:
    assert post({"content-length": str(BODY_LIMIT_BYTES + 1)}, b"x") == (413, b"", 0)


@pytest.mark.parametrize(("length", "status"), [("", 204), ("1", 204), (str(BODY_LIMIT_BYTES + 1), 413)])
def test_it_reads_a_length_behind_any_number_of_zeros(length: str, status: int) -> None:
    assert post({"content-length": "0" * 5_000 + length}, b"x")[0] == status


def test_it_refuses_a_length_that_is_no_number() -> None:
    assert post({"content-length": "-1"}, b"x") == (413, b"", 0)


def test_it_cuts_off_a_chunked_body_as_soon_as_it_is_too_large() -> None:
    chunks = [b"x" * (BODY_LIMIT_BYTES // 2)] * 100
    assert post({"transfer-encoding": "chunked"}, *chunks) == (413, b"", 3)


@pytest.mark.parametrize("command", [["manage.py", "check"], ["-c", "import finito.asgi"]])
def test_it_says_what_is_missing_instead_of_starting(command: list[str]) -> None:
    missing = dict.fromkeys(("SECRET_KEY", "TOKEN_ENCRYPTION_KEYS", "REDIS_URL"), "")
    env = {**os.environ, **missing, "DEBUG": "False", "DJANGO_SETTINGS_MODULE": "finito.settings"}
    answer = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    for line in ("(finito.E001) SECRET_KEY", "(finito.E002) TOKEN_ENCRYPTION_KEYS", "(finito.E003) REDIS_URL"):
        assert line in answer.stderr
    assert answer.stderr.count("HINT: ") >= 3


@pytest.mark.parametrize("module", ["finito.asgi", "gmail_sync.doctor.examination"])
def test_it_asks_no_database_before_it_is_asked_itself(module: str) -> None:
    refuse = "from django.db.backends.base.base import BaseDatabaseWrapper as B; B.connect = lambda self: 1 / 0"
    setup = "import django; django.setup()"
    code = f"{refuse}; {setup}; import {module}; from finito import lifespan; lifespan.refuse_to_start_misconfigured()"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (answer.returncode, answer.stderr) == (0, "")
