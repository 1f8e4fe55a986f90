"""The certificates that clients of the tests trust, read once: each client would read them anew, for tens of ms."""

import os
import ssl
from functools import cache

import httpx


def trusted() -> ssl.SSLContext:
    """Return what is trusted while SSL_CERT_FILE is as it is."""
    return _context(os.environ.get("SSL_CERT_FILE", ""))


@cache
def _context(file: str) -> ssl.SSLContext:
    return httpx.create_ssl_context()
