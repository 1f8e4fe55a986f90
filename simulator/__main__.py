"""Start the simulator: ``python -m simulator --port 9000``. It listens on 127.0.0.1, unless told otherwise."""

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
    """End in order: uvicorn hands SIGTERM and SIGINT on to this once it has shut down."""
    sys.exit(0)


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
        date_header=False,  # the Door writes it, by the simulated clock
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=60,
    )
    print(f"simulator: serving on http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
