"""Google's side of the push endpoint, without the simulator: keys on a page of their own, and signed pushes."""

import base64
import json
import re
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NoReturn, cast

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from launcher.supervisor import Failed

KEY_ID = "bench"


class Signer:
    """One RSA key: its token, and the JWKS page that proves it."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(self, audience: str, email: str) -> str:
        """As Pub/Sub makes it; one serves many pushes."""
        now = int(time.time())
        claims = {"iss": "https://accounts.google.com", "aud": audience, "email": email, "email_verified": True}
        times = {"iat": now, "exp": now + 3600}
        return jwt.encode({**claims, **times, "sub": "1"}, self._key, "RS256", headers={"kid": KEY_ID})

    @contextmanager
    def certs(self) -> Iterator[str]:
        """The address of the JWKS page while it is served."""
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        page = json.dumps({"keys": [{**jwk, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]}).encode()

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/certs"
            finally:
                server.shutdown()


def push_body(email: str, history_id: int, subscription: str) -> bytes:
    """Write a wrapped push."""
    notification = json.dumps({"emailAddress": email, "historyId": history_id}).encode()
    message = {"data": base64.b64encode(notification).decode(), "messageId": str(history_id), "attributes": {}}
    return json.dumps({"message": message, "subscription": subscription, "deliveryAttempt": 1}).encode()


def post(address: str, token: str, body: bytes) -> bytes:
    """Write the request of one push."""
    head = f"POST /gmail/push/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def send_for(
    seconds: float, address: str, connections: int, request: Callable[[], bytes], status: int
) -> tuple[int, float]:
    """Keep so many requests under way, each on a connection of its own; how many were answered, in what time.

    One thread and ready bytes, so that the sender's core is not the limit. Raises Failed at any other status.
    """
    host, _, port = address.partition(":")
    wanted = b"HTTP/1.1 %d" % status
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        for _ in range(connections):
            new = opened.enter_context(socket.create_connection((host, int(port)), timeout=10))
            selector.register(new, selectors.EVENT_READ)
            new.sendall(request())
        began, answered, waiting = time.monotonic(), 0, connections
        begun: dict[socket.socket, bytes] = {}
        while waiting:
            for key, _ in selector.select(timeout=10) or _silent():
                connection = cast(socket.socket, key.fileobj)
                answer = begun.pop(connection, b"") + connection.recv(65536)
                if not _is_whole(answer):
                    begun[connection] = answer
                    continue
                if not answer.startswith(wanted):
                    raise Failed(f"answered {answer[:60]!r}, not {status}")
                answered += 1
                if time.monotonic() - began < seconds:
                    connection.sendall(request())
                else:
                    waiting -= 1
        return answered, time.monotonic() - began


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def _silent() -> NoReturn:
    raise Failed("no answer within ten seconds")
