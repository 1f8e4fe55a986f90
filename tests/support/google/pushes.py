"""Pushes as Pub/Sub sends them, to the whole ASGI application."""

import asyncio
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from django.db import connection, transaction
from django.utils import timezone

from finito.asgi import application
from gmail_sync.models import GmailAccount
from tests.support.google.signer import token

EMAIL = "ann@gmail.example"


def body_of(email: str = EMAIL, history_id: Any = 101) -> bytes:
    content = json.dumps({"emailAddress": email, "historyId": history_id}).encode()
    message = {"data": b64encode(content).decode(), "messageId": "1", "publishTime": timezone.now().isoformat()}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def post(authorization: str | None = None, body: bytes | None = None, path: str = "", method: str = "POST") -> int:
    """Post one request, as a server hands it to the application; returns the status."""

    async def request() -> int:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=30) as client:
            headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
            content = body_of() if body is None else body
            answer = await client.request(method, f"/gmail/push/{path}", headers=headers, content=content)
            return answer.status_code

    return asyncio.run(request())


def push(email: str = EMAIL, history_id: Any = 101, **changes: Any) -> int:
    """Push with a token of Google's; returns the status."""
    return post(f"Bearer {token(**changes)}", body_of(email, history_id))


def rows() -> str:
    """Return all that a push could change."""
    return str(GmailAccount.objects.order_by("pk").values())


@contextmanager
def locked(mailbox: GmailAccount) -> Iterator[None]:
    """Somebody else holds the mailbox's row (on SQLite: the database)."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            GmailAccount.objects.select_for_update().get(pk=mailbox.pk)
            held.set()
            release.wait(60)  # longer than the webhook may wait
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        yield
    finally:
        release.set()
        holder.join(30)
