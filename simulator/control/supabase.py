"""Control: the Supabase project, what was posted to it, and its connections."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.errors import GoogleError
from simulator.http import read_json
from simulator.supabase.channel import TOO_MANY
from simulator.supabase.project import Project
from simulator.supabase.wire import Broadcast


async def read_project(http: Request) -> Response:
    """GET /sim/supabase: who is connected, what they hear, and the settings."""
    project: Project = http.app.state.supabase
    return JSONResponse(project.document())


async def change_project(http: Request) -> Response:
    """POST /sim/supabase: settings and keys."""
    project: Project = http.app.state.supabase
    try:
        project.change(await read_json(http))
    except (ValueError, TypeError, KeyError) as error:
        raise GoogleError(400, "badRequest", str(error)) from None
    return JSONResponse(project.document())


async def reset_project(http: Request) -> Response:
    """DELETE /sim/supabase: nobody is connected, nothing was posted, and everything is as the command line says."""
    project: Project = http.app.state.supabase
    project.reset()
    return Response(status_code=204)


async def list_posts(http: Request) -> Response:
    """GET /sim/supabase/posts: what was posted, oldest first; `?topic=` narrows it down."""
    project: Project = http.app.state.supabase
    topic = http.query_params.get("topic", "")
    return JSONResponse({"posts": [post for post in project.posts if topic in ("", post["topic"])]})


async def forget_posts(http: Request) -> Response:
    """DELETE /sim/supabase/posts."""
    project: Project = http.app.state.supabase
    project.posts.clear()
    return Response(status_code=204)


async def kill_sockets(http: Request) -> Response:
    """POST /sim/supabase/kill: break every WebSocket."""
    project: Project = http.app.state.supabase
    clients = list(project.clients)
    for client in clients:
        client.kill()
    return JSONResponse({"killed": len(clients)})


async def close_channels(http: Request) -> Response:
    """POST /sim/supabase/close: end the channels of a topic, or all, for this reason; their sockets stay."""
    project: Project = http.app.state.supabase
    body = await read_json(http)
    topic, message = body.get("topic", ""), body.get("message", TOO_MANY)
    return JSONResponse({"closed": sum(client.shut(topic, message) for client in list(project.clients))})


async def send(http: Request) -> Response:
    """POST /sim/supabase/send: say something in a topic that no policy forbids."""
    project: Project = http.app.state.supabase
    body = await read_json(http)
    if "topic" not in body:
        raise GoogleError(400, "badRequest", "topic is missing")
    event, private = body.get("event", "frames"), bool(body.get("private", True))
    project.hub.dispatch(Broadcast(body["topic"], event, body.get("payload"), private, raw=True))
    return Response(status_code=204)
