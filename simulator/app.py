"""The routes, and what runs beside them: the pushes and the trickle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from simulator.control import accounts, conditions, mailboxes, supabase
from simulator.errors import GoogleError
from simulator.gmail import endpoints as gmail
from simulator.http import Door, google_error
from simulator.oauth import consent
from simulator.oauth import endpoints as oauth
from simulator.pages import home
from simulator.pubsub import endpoints as pubsub
from simulator.pubsub.push import Pusher
from simulator.supabase import connection
from simulator.supabase import endpoints as broadcasts
from simulator.supabase.project import Project
from simulator.world.trickle import trickle
from simulator.world.world import World

_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_MAILBOX = "/sim/mailboxes/{email}"
_BROADCAST = "/realtime/v1/api/broadcast"

ROUTES = [
    Route("/gmail/v1/users/{rest:path}", gmail.gmail, methods=_ANY),
    Route("/batch/gmail/v1", gmail.batch, methods=["POST"]),
    Route("/batch", gmail.batch, methods=["POST"]),
    Route("/o/oauth2/v2/auth", consent.show, methods=["GET"]),
    Route("/o/oauth2/v2/auth", consent.decide, methods=["POST"]),
    Route("/token", oauth.token, methods=["POST"]),
    Route("/revoke", oauth.revoke, methods=["POST"]),
    Route("/v1/userinfo", oauth.userinfo, methods=["GET", "POST"]),
    Route("/oauth2/v3/certs", oauth.certs),
    Route("/v1/{name:path}", pubsub.pubsub, methods=_ANY),
    Route(_BROADCAST, broadcasts.batch, methods=["POST"]),
    Route(_BROADCAST + "/{topic}/events/{event}", broadcasts.single, methods=["POST"]),
    Route("/", home.home),
    Route("/ui", home.send, methods=["POST"]),
    Route("/ui/{email}", home.act, methods=["POST"]),
    Route("/sim/health", conditions.health),
    Route("/sim/mailboxes", mailboxes.list_mailboxes, methods=["GET"]),
    Route("/sim/mailboxes", mailboxes.create_mailbox, methods=["POST"]),
    Route(_MAILBOX, mailboxes.dump_mailbox, methods=["GET"]),
    Route(_MAILBOX, mailboxes.delete_mailbox, methods=["DELETE"]),
    Route(_MAILBOX + "/messages", mailboxes.add_messages, methods=["POST"]),
    Route(_MAILBOX + "/messages/{id}/{change}", mailboxes.change_message, methods=["POST"]),
    Route(_MAILBOX + "/{change}", accounts.change_account, methods=["POST"]),
    Route("/sim/grant", accounts.grant, methods=["POST"]),
    Route("/sim/faults", conditions.list_faults, methods=["GET"]),
    Route("/sim/faults", conditions.add_fault, methods=["POST"]),
    Route("/sim/faults", conditions.clear_faults, methods=["DELETE"]),
    Route("/sim/meter", conditions.read_meter, methods=["GET"]),
    Route("/sim/meter", conditions.reset_meter, methods=["DELETE"]),
    Route("/sim/clock", conditions.advance_clock, methods=["POST"]),
    Route("/sim/quota", conditions.set_quota, methods=["POST"]),
    Route("/sim/certs/rotate", conditions.rotate_keys, methods=["POST"]),
    Route("/sim/supabase", supabase.read_project, methods=["GET"]),
    Route("/sim/supabase", supabase.change_project, methods=["POST"]),
    Route("/sim/supabase", supabase.reset_project, methods=["DELETE"]),
    Route("/sim/supabase/posts", supabase.list_posts, methods=["GET"]),
    Route("/sim/supabase/posts", supabase.forget_posts, methods=["DELETE"]),
    Route("/sim/supabase/kill", supabase.kill_sockets, methods=["POST"]),
    Route("/sim/supabase/close", supabase.close_channels, methods=["POST"]),
    Route("/sim/supabase/send", supabase.send, methods=["POST"]),
]
SOCKETS = [WebSocketRoute("/realtime/v1/websocket", connection.websocket)]


def build_app(world: World) -> Starlette:
    """Build the application over a world."""

    @asynccontextmanager
    async def run_beside(app: Starlette) -> AsyncIterator[None]:
        backoff = world.options.push_max_backoff
        pusher = Pusher(world.broker, world.keys, world.faults, world.meter, backoff)
        pusher.start()
        seconds = world.options.trickle
        life = asyncio.create_task(trickle(world, seconds)) if seconds else None
        yield
        if life is not None:
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life
        await pusher.stop()
        world.state.close()

    app = Starlette(
        routes=[*ROUTES, *SOCKETS],
        middleware=[Middleware(Door, state=world.state, clock=world.clock)],
        exception_handlers={GoogleError: google_error},
        lifespan=run_beside,
    )
    app.state.world = world
    app.state.supabase = Project(world.options, world.clock, world.faults)
    return app
