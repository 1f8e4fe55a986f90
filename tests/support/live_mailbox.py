"""A mailbox as Gmail has it and as our rows have it, and a life in it."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support import live_database
from tests.support.live import Stack

Labels = dict[str, list[str]]


def query(stack: Stack, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of the stack's database."""
    return live_database.query(stack.environment["DATABASE_URL"], sql)


def user_id(stack: Stack, name: str) -> int:
    """Return the user's key."""
    ((key,),) = query(stack, f"SELECT id FROM auth_user WHERE username = '{name}'")
    return int(key)


def in_gmail(stack: Stack, email: str) -> Labels:
    """Return the labels of each message in Gmail."""
    return {message["id"]: sorted(message["label_ids"]) for message in stack.simulator.dump(email)["messages"]}


def in_mirror(stack: Stack, email: str) -> Labels:
    """Return the labels of each message in our rows."""
    rows = query(
        stack,
        "SELECT m.gmail_id, m.label_ids FROM gmail_sync_message m JOIN gmail_sync_gmailaccount a"
        f" ON a.id = m.account_id WHERE a.email = '{email}'",
    )
    return {gmail_id: sorted(json.loads(ids) if isinstance(ids, str) else ids) for gmail_id, ids in rows}


def act(stack: Stack, email: str, steps: int, chance: random.Random) -> None:
    """Live in Gmail for a while: mail comes, is read, starred, archived, trashed, restored and deleted."""
    simulator = stack.simulator
    for _ in range(steps):
        ids = list(in_gmail(stack, email))
        change: Any = chance.choice(["deliver", "deliver", "read", "star", "archive", "trash", "untrash", "delete"])
        if change == "deliver" or not ids:
            simulator.deliver(email, count=chance.randint(1, 3))
        elif change in ("trash", "untrash", "delete"):
            simulator.change(email, chance.choice(ids), change)
        else:
            labels = {"read": {"remove": ["UNREAD"]}, "star": {"add": ["STARRED"]}, "archive": {"remove": ["INBOX"]}}
            simulator.change(email, chance.choice(ids), "modify", **labels[change])


@contextmanager
def repeated(*actions: Callable[[], object], seconds: float = 0.1) -> Iterator[None]:
    """Each action again and again, in a thread of its own, until the block ends. Raises what one of them raised."""
    over, errors = threading.Event(), list[BaseException]()

    def repeat(action: Callable[[], object]) -> None:
        try:
            while not over.wait(seconds):
                action()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for error in errors:
        raise error


@contextmanager
def busy(stack: Stack, *emails: str, seed: int) -> Iterator[None]:
    """Something happens in these mailboxes all the while."""
    chances = [random.Random(f"{seed} {email}") for email in emails]
    lives = [
        lambda email=email, chance=chance: act(stack, email, 1, chance)
        for email, chance in zip(emails, chances, strict=True)
    ]
    with repeated(*lives):
        yield
