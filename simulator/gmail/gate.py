"""The gate of the Gmail API: faults, token, scope and quota, in this order, then the method itself."""

import json

from simulator.errors import GoogleError
from simulator.faults import Fault, FaultedCall
from simulator.gmail.methods import Route, find_route
from simulator.gmail.request import Answer, Call, Request
from simulator.mailbox.mailbox import Mailbox
from simulator.paging import parse_page
from simulator.world.grants import Token
from simulator.world.world import World

_JSON = {"content-type": "application/json; charset=UTF-8"}
_NO_FAULT = Fault("")
_INVALID_CREDENTIALS = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


async def answer(world: World, call: Call) -> Answer:
    """Answer one Gmail call and log it."""
    route = find_route(call.verb, call.path)
    if route is None:
        return refuse(GoogleError(404, "notFound", "Not Found"))
    try:
        answered = await _faulted(world, call, route)
    except GoogleError as error:
        answered = refuse(error)
    world.meter.count(route.method.name, answered.status)
    return answered


def refuse(error: GoogleError) -> Answer:
    """Turn an error into an answer."""
    return Answer(error.status, json.dumps(error.body()).encode(), {**_JSON, **error.headers()})


async def _faulted(world: World, call: Call, route: Route) -> Answer:
    token = world.grants.access(call.authorization.removeprefix("Bearer "))
    fault = _take_fault(world, call, route, token.email if token else "")
    if fault.delay or fault.hold:
        await world.faults.wait(fault)
    if fault.body is not None:
        return Answer(fault.status or 200, fault.body.encode(), _JSON, cut=fault.drop)
    if fault.status:
        raise fault.error()
    mailbox = _open_mailbox(world, route, token)
    world.quota.spend(mailbox.email, route.method.units, world.clock.now())
    world.meter.charge(mailbox.email, route.method.name, route.method.units)
    scopes = frozenset(token.scopes) if token else frozenset[str]()
    document = route.method.run(Request(world, mailbox, scopes, route.item_id, call.query, call.body, fault))
    if document is None:
        return Answer(204, b"", cut=fault.drop)
    return Answer(200, json.dumps(document, separators=(",", ":")).encode(), _JSON, cut=fault.drop)


def _take_fault(world: World, call: Call, route: Route, email: str) -> Fault:
    page = parse_page("".join(call.query.get("pageToken", [])[-1:])).number
    faulted = FaultedCall(route.method.name, email, "gmail", page, call.inner, route.item_id)
    return world.faults.take(faulted) or _NO_FAULT


def _open_mailbox(world: World, route: Route, token: Token | None) -> Mailbox:
    mailbox = world.mailboxes.get(token.email) if token else None
    if token is None or mailbox is None or mailbox.gone:
        raise GoogleError(401, "authError", _INVALID_CREDENTIALS)
    if route.method.scopes.isdisjoint(token.scopes):
        text = "Request had insufficient authentication scopes."
        raise GoogleError(403, "insufficientPermissions", text)
    if route.user.lower() not in ("me", mailbox.email):
        raise GoogleError(403, "forbidden", f"Delegation denied for {mailbox.email}")
    return mailbox
