"""The application, and a line for each answer on its standard output: to which client, and its status."""

from typing import Any
from urllib.parse import parse_qs

from finito.asgi import application as finito


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers as Finito does."""

    async def send_and_tell(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            (client,) = parse_qs(scope["query_string"].decode()).get("client", ["-"])
            print(f"ANSWER {client} {message['status']}", flush=True)  # noqa: T201
        await send(message)

    await finito(scope, receive, send_and_tell)
