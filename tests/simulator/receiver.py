"""A tiny push endpoint: keeps what it gets and answers what it is told to."""

import json
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self


class Receiver:
    """Answers 204, or first the statuses in `answers`; pushes and tokens are in order of arrival."""

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.before_answering: Callable[[], object] = lambda: None
        self.pushes: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.tokens.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
                receiver.pushes.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                receiver.before_answering()
                self.send_response(receiver.answers.popleft() if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/gmail/push/"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def notifications(self) -> list[dict[str, Any]]:
        """Return what the pushes carried."""
        return [json.loads(b64decode(push["message"]["data"])) for push in self.pushes]
