"""The demo's life: every few seconds one thing happens in one of the mailboxes, mostly a new mail."""

import asyncio
from itertools import count
from random import Random

from simulator.ids import digest
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.message import Message
from simulator.world.world import World

LARGEST_MAILBOX = 200
TOUCHED_MESSAGES = 15  # only what a page shows at its top is touched


async def trickle(world: World, seconds: float) -> None:
    """Do one thing after half the interval, then one each interval, for ever."""
    await asyncio.sleep(seconds / 2)
    for step in count():
        if mailboxes := _living(world):
            happen(world, mailboxes[0 if step % 5 in (0, 1, 3) else -1], step)
            world.state.commit()
        await asyncio.sleep(seconds)


def _living(world: World) -> list[Mailbox]:
    """Return the first two of the named mailboxes; without any, the first there is."""
    named = [world.mailboxes[email.lower()] for email in world.options.mailbox if email.lower() in world.mailboxes]
    return named[:2] or list(world.mailboxes.values())[:1]


def happen(world: World, mailbox: Mailbox, step: int) -> None:
    """Let one thing happen: a new mail at the first step and at two of three after it."""
    random = Random(digest(world.options.seed, "trickle", mailbox.next_number, step))
    recent = [message for message, _ in zip(mailbox.newest_first(), range(TOUCHED_MESSAGES), strict=False)]
    if step % 3 != 2 or not recent:
        world.deliver(mailbox)
        _keep_small(mailbox)
    else:
        _touch(world, mailbox, recent, random)


def _touch(world: World, mailbox: Mailbox, recent: list[Message], random: Random) -> None:
    waiting = [message for message in recent if "UNREAD" in message.label_ids]
    if world.options.usual and waiting:
        mailbox.relabel(waiting[-1].id, remove=["UNREAD"])  # somebody reads what came first
        return
    message = random.choice(recent)
    what = random.choice(("read", "read", "star", "archive", "trash"))
    if what == "read":
        unread = "UNREAD" in message.label_ids
        mailbox.relabel(message.id, add=[] if unread else ["UNREAD"], remove=["UNREAD"] if unread else [])
    elif what == "star":
        starred = "STARRED" in message.label_ids
        mailbox.relabel(message.id, add=[] if starred else ["STARRED"], remove=["STARRED"] if starred else [])
    elif what == "archive":
        mailbox.relabel(message.id, remove=["INBOX"])
    else:
        mailbox.trash(message.id)


def _keep_small(mailbox: Mailbox) -> None:
    if len(mailbox.messages) > LARGEST_MAILBOX:
        *_, oldest = mailbox.newest_first()
        mailbox.delete(oldest.id)
