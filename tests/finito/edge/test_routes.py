"""Each path has its application; a stream's is found without a copy of what it would keep for hours."""

import asyncio
from typing import Any

import pytest

from finito.asgi import routes
from finito.edge.asgi_types import Application
from finito.edge.routes import Routes


def named(name: str) -> Application:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({**scope, "by": name})

    return application


def answered(path: str, **scope: str) -> Any:
    sent: list[Any] = []

    async def ask() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        await Routes({"events/": named("stream")}, otherwise=named("pages"))({"path": path, **scope}, None, send)  # type: ignore[arg-type]

    asyncio.run(ask())
    return sent[0]["by"]


@pytest.mark.parametrize(
    ("path", "by"),
    [("/events/", "stream"), ("//events/", "stream"), ("/events", "pages"), ("/events/more/", "pages"), ("/", "pages")],
)
def test_it_takes_a_path_as_a_whole(path: str, by: str) -> None:
    assert answered(path) == by


def test_it_looks_behind_the_root_path() -> None:
    assert answered("/below/events/", root_path="/below") == "stream"


def test_it_knows_the_streams_and_what_machines_call() -> None:
    assert {"events/", "events/since/", "events/ticket/", "gmail/push/", "livez"} <= routes.applications.keys()
