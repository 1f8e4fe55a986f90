"""The start and the end of the server: system checks, hub, recorder and pulse."""

import asyncio
import sys

from django.core import checks
from django.core.management.color import color_style

from finito.concealment import conceal
from finito.edge.asgi_types import Receive, Scope, Send
from realtime import garbage
from realtime.recorder import Recorder
from realtime.stream import drain
from realtime.stream.hub import get_hub
from realtime.transport.pulse import Pulse


def refuse_to_start_misconfigured() -> None:
    """Run the system checks as `manage.py` does; a server started by uvicorn would otherwise skip them."""
    errors = [message for message in checks.run_checks(databases=[]) if message.is_serious()]
    if errors:
        style = color_style()
        print(*(style.ERROR(conceal(str(error))) for error in errors), sep="\n", file=sys.stderr)  # noqa: T201
        sys.exit(1)


class Lifespan:
    """Start the hub with the server and stop it after the last response (ASGI lifespan protocol 2.0)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        drain.install()
        await get_hub().start()
        reports = [Recorder("web", get_hub().streams_by_user), Pulse("web", get_hub().hearing.told)]
        for report in reports:
            report.start()
        garbage.expect_a_crowd()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await get_hub().stop()
        await asyncio.gather(*(asyncio.to_thread(report.stop) for report in reports))
        await send({"type": "lifespan.shutdown.complete"})
