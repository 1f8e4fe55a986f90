"""uvicorn with our protocol, and any application, in a thread."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from finito.edge.asgi_types import Application
from finito.edge.http_protocol import HttpProtocol


@contextmanager
def serving(application: Application) -> Iterator[int]:
    """Serve on loopback; gives the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, http=HttpProtocol, lifespan="off", log_level="critical"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        while not server.started:
            thread.join(0.01)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
