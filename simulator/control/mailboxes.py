"""Control: mailboxes and their messages."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.errors import GoogleError
from simulator.http import AsciiJSON, read_json
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Message
from simulator.state import Document
from simulator.world.world import World


def mailbox_of(http: Request) -> Mailbox:
    """Return the mailbox that the path names. Raises a 404."""
    world: World = http.app.state.world
    try:
        return world.mailboxes[http.path_params["email"].lower()]
    except KeyError:
        raise GoogleError(404, "notFound", "There is no such mailbox.") from None


def summary(mailbox: Mailbox) -> Document:
    """Return a mailbox in short."""
    return {
        "email": mailbox.email,
        "history_id": mailbox.history.head,
        "messages_total": len(mailbox.messages),
        "gone": mailbox.gone,
        "watch": mailbox.watch.document() if mailbox.watch else None,
    }


async def list_mailboxes(http: Request) -> Response:
    """GET /sim/mailboxes."""
    world: World = http.app.state.world
    return JSONResponse({"mailboxes": [summary(mailbox) for mailbox in world.mailboxes.values()]})


async def create_mailbox(http: Request) -> Response:
    """POST /sim/mailboxes."""
    world: World = http.app.state.world
    body = await read_json(http)
    if "email" not in body:
        raise GoogleError(400, "badRequest", "email is missing")
    return JSONResponse(summary(world.create_mailbox(body["email"], int(body.get("messages", 0)))), 201)


async def dump_mailbox(http: Request) -> Response:
    """GET /sim/mailboxes/{email}: the true state, newest first."""
    mailbox = mailbox_of(http)
    messages = [_true_state(message) for message in mailbox.newest_first()]
    return AsciiJSON({**summary(mailbox), "messages": messages})


async def delete_mailbox(http: Request) -> Response:
    """DELETE /sim/mailboxes/{email}."""
    world: World = http.app.state.world
    world.delete_mailbox(mailbox_of(http).email)
    return Response(status_code=204)


async def add_messages(http: Request) -> Response:
    """POST /sim/mailboxes/{email}/messages."""
    world: World = http.app.state.world
    mailbox = mailbox_of(http)
    body = await read_json(http)
    message_ids = [
        world.deliver(
            mailbox,
            age=float(body.get("age", 0)),
            label_ids=body.get("label_ids"),
            thread_id=body.get("thread_id", ""),
            imported=bool(body.get("imported", False)),
            subject=body.get("subject"),
            sender=body.get("from"),
            text=body.get("text"),
            recipients=body.get("to"),
            internal_date=body.get("internal_date"),
            raw=body.get("raw", ""),
        )
        for _ in range(int(body.get("count", 1)))
    ]
    return JSONResponse({"ids": message_ids, "history_id": mailbox.history.head}, 201)


async def change_message(http: Request) -> Response:
    """POST /sim/mailboxes/{email}/messages/{id}/{change}."""
    mailbox = mailbox_of(http)
    change = _CHANGES.get(http.path_params["change"])
    if change is None or http.path_params["id"] not in mailbox.messages:
        raise GoogleError(404, "notFound", "There is no such message or change.")
    change(mailbox, http.path_params["id"], await read_json(http))
    return JSONResponse({"history_id": mailbox.history.head})


_CHANGES: dict[str, Callable[[Mailbox, str, Document], object]] = {
    "modify": lambda mailbox, id, body: mailbox.relabel(id, body.get("add", ()), body.get("remove", ())),
    "trash": lambda mailbox, id, body: mailbox.trash(id, body.get("keeps_inbox")),
    "untrash": lambda mailbox, id, body: mailbox.untrash(id),
    "move": lambda mailbox, id, body: mailbox.move(id, body["thread_id"]),
    "delete": lambda mailbox, id, body: mailbox.delete(id),
}


def _true_state(message: Message) -> Document:
    return {
        "id": message.id,
        "thread_id": message.thread_id,
        "label_ids": message.label_ids,
        "subject": message.content.header("Subject"),
        "from": message.content.header("From"),
        "snippet": message.snippet,
        "internal_date": message.internal_date,
        "history_id": message.history_id,
    }
