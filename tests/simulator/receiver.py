"""A tiny push endpoint: keeps what it gets and answers what it is told to."""

import json
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.support.http_server import Handler, HttpServer


class Receiver(HttpServer):
    """Answers 204, or first the statuses in `answers`; pushes and tokens are in order of arrival."""

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.before_answering: Callable[[], object] = lambda: None
        self.pushes: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        receiver = self

        class Push(Handler):
            def do_POST(self) -> None:
                receiver.tokens.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
                receiver.pushes.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                receiver.before_answering()
                self.send_response(receiver.answers.popleft() if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Push)
        self.url = f"http://{self.address}/gmail/push/"

    def notifications(self) -> list[dict[str, Any]]:
        """Return what the pushes carried."""
        return [json.loads(b64decode(push["message"]["data"])) for push in self.pushes]
