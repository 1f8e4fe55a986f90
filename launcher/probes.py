"""Asks a server on this machine whether it answers."""

import http.client
import socket


def redis_answers(port: int) -> bool:
    """Tell whether the Valkey takes commands."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def http_status(port: int, path: str) -> int:
    """Return the status of a GET; 0 without an answer within 2 s."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
