"""The page at /: the mailboxes and their last mails, with buttons to act "in Gmail"."""

from collections.abc import Callable
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from html import escape
from itertools import islice
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from simulator.errors import GoogleError
from simulator.http import read_form
from simulator.mailbox import Mailbox
from simulator.message import Message
from simulator.pages.layout import page
from simulator.world import World

SHOWN_MESSAGES = 20

ACTIONS: dict[str, Callable[[Mailbox, str], object]] = {
    "read": lambda mailbox, id: mailbox.relabel(id, remove=["UNREAD"]),
    "unread": lambda mailbox, id: mailbox.relabel(id, add=["UNREAD"]),
    "star": lambda mailbox, id: mailbox.relabel(id, add=["STARRED"]),
    "unstar": lambda mailbox, id: mailbox.relabel(id, remove=["STARRED"]),
    "archive": lambda mailbox, id: mailbox.relabel(id, remove=["INBOX"]),
    "to inbox": lambda mailbox, id: mailbox.relabel(id, add=["INBOX"], remove=["TRASH", "SPAM"]),
    "trash": Mailbox.trash,
    "delete": Mailbox.delete,
}


async def home(http: Request) -> Response:
    """GET /."""
    world: World = http.app.state.world
    sections = [_mailbox(mailbox) for mailbox in world.mailboxes.values()]
    return HTMLResponse(page("Mailboxes", "".join(sections) or "<p>There is no mailbox yet.</p>"))


async def act(http: Request) -> Response:
    """POST /ui/{email}: one button; then back to the page."""
    world: World = http.app.state.world
    form = dict(await read_form(http))
    mailbox = world.mailboxes.get(http.path_params["email"])
    if mailbox is None:
        raise GoogleError(404)
    if form.get("action") == "new mail":
        world.deliver(mailbox)
    elif form.get("action") in ACTIONS and form.get("id") in mailbox.messages:
        ACTIONS[form["action"]](mailbox, form["id"])
    return RedirectResponse(f"/#{quote(mailbox.email)}", 303)


def _mailbox(mailbox: Mailbox) -> str:
    rows = "".join(_row(mailbox, m) for m in islice(mailbox.newest_first(), SHOWN_MESSAGES))
    watched = f"watched on {mailbox.watch.topic}" if mailbox.watch else "not watched"
    facts = f"{len(mailbox.messages)} messages · historyId {mailbox.history.head} · {watched}"
    return (
        f'<section id="{escape(mailbox.email)}"><h2>{escape(mailbox.email)}</h2>'
        f'<p class="soft">{escape(facts)}</p>'
        f"{_buttons(mailbox, '', ['new mail'])}<table>{rows}</table></section>"
    )


def _row(mailbox: Mailbox, message: Message) -> str:
    labels = set(message.label_ids)
    actions = [
        "read" if "UNREAD" in labels else "unread",
        "unstar" if "STARRED" in labels else "star",
        "archive" if "INBOX" in labels else "to inbox",
        *([] if "TRASH" in labels else ["trash"]),
        "delete",
    ]
    tags = "".join(f' <span class="tag">{escape(label)}</span>' for label in message.label_ids)
    return (
        f'<tr class="{"unread" if "UNREAD" in labels else "read"}">'
        f"<td dir=auto>{_readable(message.content.header('From'))}</td>"
        f"<td dir=auto>{_readable(message.content.header('Subject')) or '(no subject)'}"
        f' <span class="soft">{message.snippet[:80].rpartition(" ")[0]}</span>{tags}</td>'
        f'<td class="do">{_buttons(mailbox, message.id, actions)}</td></tr>'
    )


def _buttons(mailbox: Mailbox, message_id: str, actions: list[str]) -> str:
    buttons = "".join(f'<button name="action" value="{action}">{action}</button> ' for action in actions)
    hidden = f'<input type="hidden" name="id" value="{message_id}">' if message_id else ""
    return f'<form method="post" action="/ui/{quote(mailbox.email)}">{hidden}{buttons}</form>'


def _readable(header: str) -> str:
    """A header for people, escaped; what cannot be decoded is shown as it is."""
    try:
        return escape(str(make_header(decode_header(header))))
    except (ValueError, LookupError, HeaderParseError):
        return escape(header)
