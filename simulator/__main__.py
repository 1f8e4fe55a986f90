"""Start the simulator: ``python -m simulator --port 9000``. It listens on 127.0.0.1, unless told otherwise."""

import logging
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn

from simulator.app import build_app
from simulator.options import parse_options
from simulator.world.world import World

GRACE_SECONDS = 1  # waiting pulls are cut off when the program is asked to end


def leave(number: int, frame: FrameType | None) -> None:
    """End: uvicorn hands SIGTERM and SIGINT on to this once it has shut down, or has not begun yet.

    No exception: where it is raised within a destructor, Python ignores it.
    """
    os._exit(0)


def _is_a_fault(record: logging.LogRecord) -> bool:
    """Leave out that a WebSocket was refused with a status: uvicorn takes that for a mistake of ours."""
    return "without completing handshake" not in record.getMessage()


def main() -> None:
    """Listen, say so in one line, and serve until SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    options = parse_options(sys.argv[1:])
    listener = socket.create_server((options.host, options.port), backlog=1024)
    app = build_app(World(options))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_ping_interval=None,  # Phoenix sends none
        ws_per_message_deflate=False,
        date_header=False,  # the Door writes it, by the simulated clock
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=60,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_a_fault)
    print(f"simulator: serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
