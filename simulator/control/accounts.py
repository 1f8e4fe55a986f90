"""Control: what happens to an account, and a grant without the consent page."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.control.mailboxes import mailbox_of, summary
from simulator.errors import GoogleError
from simulator.http import read_json
from simulator.mailbox.mailbox import Mailbox
from simulator.oauth.authorization import AuthorizationRequest, RequestRefused
from simulator.oauth.scopes import parse_scopes
from simulator.state import Document
from simulator.world.world import World


async def change_account(http: Request) -> Response:
    """POST /sim/mailboxes/{email}/{change}."""
    world: World = http.app.state.world
    mailbox = mailbox_of(http)
    change = _CHANGES.get(http.path_params["change"])
    if change is None:
        raise GoogleError(404, "notFound", f"Changes are {', '.join(_CHANGES)}.")
    change(world, mailbox, await read_json(http))
    return JSONResponse(summary(mailbox))


def _revoke(world: World, mailbox: Mailbox, body: Document) -> None:
    world.grants.revoke_account(mailbox.email)


def _expire_tokens(world: World, mailbox: Mailbox, body: Document) -> None:
    world.grants.expire_access(mailbox.email)


def _disappear(world: World, mailbox: Mailbox, body: Document) -> None:
    mailbox.gone = True
    mailbox.save()


def _appear(world: World, mailbox: Mailbox, body: Document) -> None:
    mailbox.gone = False
    mailbox.save()


def _expire_history(world: World, mailbox: Mailbox, body: Document) -> None:
    mailbox.expire_history()


def _expire_watch(world: World, mailbox: Mailbox, body: Document) -> None:
    mailbox.watch = None
    mailbox.save()


def _notify(world: World, mailbox: Mailbox, body: Document) -> None:
    world.notifier.publish(mailbox, body.get("history_id", mailbox.history.head))


def _rename(world: World, mailbox: Mailbox, body: Document) -> None:
    world.rename_mailbox(mailbox, str(body["to"]))


def _verify(world: World, mailbox: Mailbox, body: Document) -> None:
    mailbox.verified = bool(body.get("verified", True))


_CHANGES: dict[str, Callable[[World, Mailbox, Document], None]] = {
    "revoke": _revoke,
    "expire_tokens": _expire_tokens,
    "disappear": _disappear,
    "appear": _appear,
    "expire_history": _expire_history,
    "expire_watch": _expire_watch,
    "notify": _notify,
    "rename": _rename,
    "verify": _verify,
}


async def grant(http: Request) -> Response:
    """POST /sim/grant: the code that the consent page would have sent, and where to."""
    world: World = http.app.state.world
    usual = {
        "response_type": "code",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge_method": "S256",
    }
    body = usual | await read_json(http)
    request = AuthorizationRequest.parse(body)
    try:
        request.check(world.options.client_id)
    except RequestRefused as refused:
        raise GoogleError(400, "badRequest", str(refused)) from None
    email = str(body.get("email", "")).lower()
    if email not in world.mailboxes:
        raise GoogleError(404, "notFound", "There is no such mailbox.")
    redirect = request.grant(world, email, parse_scopes(request.scope))
    return JSONResponse({"code": parse_qs(urlsplit(redirect).query)["code"][0], "redirect": redirect})
