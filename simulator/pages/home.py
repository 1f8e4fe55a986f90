"""The page at /: the mailboxes and their last mails, with forms to act "in Gmail" and to send oneself a mail."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from html import escape
from itertools import islice
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simulator.errors import GoogleError
from simulator.http import read_form
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Message
from simulator.pages.layout import answer
from simulator.world.world import World

SHOWN_MESSAGES = 15
WRITER = "You, by hand <you@simulator.example>"

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
WORDS = {"read": "mark read", "unread": "mark unread", "to inbox": "move to inbox", "delete": "delete for good"}


async def home(http: Request) -> Response:
    """GET /."""
    world: World = http.app.state.world
    mailboxes = list(world.mailboxes.values())
    links = "".join(f'<a href="#{quote(box.email)}">{escape(box.email)}</a>' for box in mailboxes)
    intro = (
        "<p>This plays Google for Finito on this machine. What you do here happens “in Gmail”: "
        "keep Finito's page open beside it and watch.</p>"
    )
    body = "".join([intro, f"<nav>{links}</nav>", _writing(mailboxes), *map(_mailbox, mailboxes)])
    return answer("Mailboxes", body if mailboxes else f"{intro}<p>There is no mailbox yet.</p>")


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


async def send(http: Request) -> Response:
    """POST /ui: a mail that somebody wrote on the page."""
    world: World = http.app.state.world
    form = dict(await read_form(http))
    mailbox = world.mailboxes.get(form.get("to", ""))
    if mailbox is None:
        raise GoogleError(404)
    subject = Header(
        " ".join(form.get("subject", "").split()), "utf-8" if not form.get("subject", "").isascii() else None
    )
    labels = ["INBOX", "UNREAD", "CATEGORY_PERSONAL"]
    text = form.get("text", "")
    world.deliver(mailbox, label_ids=labels, subject=subject.encode().replace("\n", ""), sender=WRITER, text=text)
    return RedirectResponse(f"/#{quote(mailbox.email)}", 303)


def _writing(mailboxes: list[Mailbox]) -> str:
    choice = "".join(f"<option>{escape(mailbox.email)}</option>" for mailbox in mailboxes if not mailbox.gone)
    return (
        '<form method="post" action="/ui" class="write"><strong>Send yourself a mail</strong>'
        f'<label>To <select name="to">{choice}</select></label>'
        '<label>Subject <input name="subject" maxlength="300" placeholder="Hello from here"></label>'
        '<label>Text <textarea name="text" rows="3"></textarea></label>'
        '<button class="primary">Send</button></form>'
    )


def _mailbox(mailbox: Mailbox) -> str:
    rows = "".join(_row(mailbox, m) for m in islice(mailbox.newest_first(), SHOWN_MESSAGES))
    watched = f"notifies {mailbox.watch.topic}" if mailbox.watch else "notifies nobody"
    unread = sum({"INBOX", "UNREAD"} <= set(message.label_ids) for message in mailbox.messages.values())
    facts = (
        f"{len(mailbox.messages)} mails, {unread} unread in the inbox · {watched} · historyId {mailbox.history.head}"
    )
    new = _buttons(mailbox, "", {"new mail": "Let a mail arrive"})
    return (
        f'<section id="{escape(mailbox.email)}"><h2>{escape(mailbox.email)}</h2>'
        f'<p class="soft">{escape(facts)}</p><p>{new}</p><ul class="mails">{rows}</ul></section>'
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
    tags = " ".join(f'<span class="tag">{escape(_tag(label))}</span>' for label in message.label_ids)
    at = datetime.fromtimestamp(message.internal_date / 1000, UTC)
    snippet = message.snippet if len(message.snippet) < 160 else f"{message.snippet[:160].rpartition(' ')[0]} …"
    return (
        f'<li class="{"unread" if "UNREAD" in labels else "read"}"><div class="line">'
        f"<bdi>{_readable(message.content.header('From'))}</bdi>"
        f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%d %b, %H:%M} UTC</time></div>'
        f"<div class=line><bdi>{_readable(message.content.header('Subject')) or '(no subject)'}</bdi></div>"
        f'<div class="soft"><bdi>{snippet}</bdi></div> {tags}'
        f"{_buttons(mailbox, message.id, {action: WORDS.get(action, action) for action in actions})}</li>"
    )


def _tag(label: str) -> str:
    return label.removeprefix("CATEGORY_").lower()


def _buttons(mailbox: Mailbox, message_id: str, actions: dict[str, str]) -> str:
    buttons = "".join(f'<button name="action" value="{action}">{words}</button>' for action, words in actions.items())
    hidden = f'<input type="hidden" name="id" value="{message_id}">' if message_id else ""
    return f'<form method="post" action="/ui/{quote(mailbox.email)}">{hidden}{buttons}</form>'


def _readable(header: str) -> str:
    """Return a header for people, escaped; what cannot be decoded is shown as it is."""
    try:
        return escape(str(make_header(decode_header(header))))
    except (ValueError, LookupError, HeaderParseError):
        return escape(header)
