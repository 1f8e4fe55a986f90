"""Google's side of the push endpoint, without the simulator: keys on a page of their own, and signed pushes."""

import base64
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

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


class Connection:
    """Posts pushes over one kept-alive connection; for one thread."""

    def __init__(self, url: str, token: str) -> None:
        self._http = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def send(self, body: bytes | None) -> int:
        """Push it, or ask whether the web lives if there is nothing to push; the status of the answer."""
        if body is None:
            self._http.request("GET", "/livez")
        else:
            self._http.request("POST", "/gmail/push/", body, self._headers)
        answer = self._http.getresponse()
        answer.read()
        return answer.status
