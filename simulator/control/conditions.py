"""Control: faults, the meter, the clock, the keys, and whether the program is there."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.errors import GoogleError
from simulator.http import read_json
from simulator.world.world import World


async def add_fault(http: Request) -> Response:
    """POST /sim/faults."""
    world: World = http.app.state.world
    try:
        fault = world.faults.add(await read_json(http))
    except (ValueError, TypeError) as error:
        raise GoogleError(400, "badRequest", str(error)) from None
    return JSONResponse(asdict(fault), 201)


async def list_faults(http: Request) -> Response:
    """GET /sim/faults: those that are not used up."""
    world: World = http.app.state.world
    return JSONResponse({"faults": world.faults.documents()})


async def clear_faults(http: Request) -> Response:
    """DELETE /sim/faults."""
    world: World = http.app.state.world
    world.faults.clear()
    return Response(status_code=204)


async def read_meter(http: Request) -> Response:
    """GET /sim/meter."""
    world: World = http.app.state.world
    return JSONResponse(world.meter.document())


async def reset_meter(http: Request) -> Response:
    """DELETE /sim/meter."""
    world: World = http.app.state.world
    world.meter.reset()
    return Response(status_code=204)


async def advance_clock(http: Request) -> Response:
    """POST /sim/clock {"advance": seconds}."""
    world: World = http.app.state.world
    world.clock.advance(float((await read_json(http)).get("advance", 0)))
    return JSONResponse({"now": world.clock.now()})


async def set_quota(http: Request) -> Response:
    """POST /sim/quota {"units": 6000 or null}."""
    world: World = http.app.state.world
    world.quota.limit = (await read_json(http)).get("units")
    return JSONResponse({"units": world.quota.limit})


async def rotate_keys(http: Request) -> Response:
    """POST /sim/certs/rotate: sign with a new key from now on."""
    world: World = http.app.state.world
    return JSONResponse({"kid": world.keys.rotate()})


async def health(http: Request) -> Response:
    """GET /sim/health."""
    world: World = http.app.state.world
    waiting = sum(len(s.waiting) for s in world.broker.subscriptions.values())
    return JSONResponse({"status": "ok", "mailboxes": len(world.mailboxes), "pushes_waiting": waiting})
