"""The Gmail API over HTTP: one endpoint for all methods, one for batches."""

from urllib.parse import parse_qs

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from simulator.gmail.batch import answer_batch
from simulator.gmail.gate import answer
from simulator.gmail.request import Answer, Call
from simulator.http import cut_response
from simulator.world.world import World


async def gmail(http: HttpRequest) -> Response:
    """Any method below /gmail/v1/users/."""
    world: World = http.app.state.world
    call = Call(
        verb=http.method,
        path=http.scope["path"],
        query=parse_qs(http.url.query),
        body=await http.body(),
        authorization=http.headers.get("authorization", ""),
    )
    return _respond(await answer(world, call))


async def batch(http: HttpRequest) -> Response:
    """POST /batch/gmail/v1."""
    world: World = http.app.state.world
    headers = http.headers
    body = await http.body()
    answered = await answer_batch(world, headers.get("content-type", ""), headers.get("authorization", ""), body)
    return _respond(answered)


def _respond(answered: Answer) -> Response:
    response = Response(answered.body, answered.status, answered.headers)
    return cut_response(response) if answered.cut else response
