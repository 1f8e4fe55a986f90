"""users.messages.attachments.get, and the ids of attachments: each get of the message gives new ones.

An id lives for some minutes, and for this message only; clients that keep one are refused.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import count

from simulator.errors import GoogleError
from simulator.gmail.request import Request
from simulator.mailbox.parts import tree_of
from simulator.state import Document

LIFE_SECONDS = 600
_numbers = count(1)


def new_id(message_id: str, part_id: str, now: float) -> str:
    """Return an id for one part of one message, another one each time."""
    document = json.dumps([next(_numbers), message_id, part_id, now])
    return f"ANGjdJ{urlsafe_b64encode(document.encode()).decode()}"


def get_attachment(request: Request) -> Document:
    """Return the octets of a part."""
    message_id, _, attachment_id = request.item_id.partition("/")
    message = request.mailbox.messages.get(message_id)
    if message is None:
        raise GoogleError(404)
    try:
        _, named, part_id, born = json.loads(urlsafe_b64decode(attachment_id.removeprefix("ANGjdJ")))
        lives = request.world.clock.now() - born < LIFE_SECONDS
    except (ValueError, TypeError):
        named, part_id, lives = "", "", False
    parts = {part.part_id: part for part in tree_of(message.content).walk()} if message.content.raw else {}
    part = parts.get(part_id) if lives and named == message_id else None
    if part is None or part.octets is None:
        raise GoogleError(400, "invalidArgument", "Invalid attachment token")
    return {"size": len(part.octets), "data": urlsafe_b64encode(part.octets).decode()}
