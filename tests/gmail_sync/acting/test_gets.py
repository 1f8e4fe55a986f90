"""No GET changes a row: a mail whose pictures are wanted may name our own addresses as pictures (RULES R19, reading/).

All addresses of urls.py are asked, by a member who is an operator, too. What may change all the same is named here.
"""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount, MailboxLabels
from tests.support.google.harness import Mailbox

# What any address may be asked for, by the image of a mail, too.
ALL_AT_ONCE = "?images=1&inline=1&download=1&open=1&shown=no&forget=1&whole=1&decision=allow"
HEADERS: list[dict[str, str]] = [{}, {"Sec-Fetch-Dest": "image"}]
UNITS = {"GmailAccount.reads_spent"}  # what a call cost that somebody asked for by reading; nobody sees it
FOUND = UNITS | {"Message.+", "Message.looked_at"}  # a search fills the mirror, outside the inbox (docs/adr/0039)
# By the names of addresses: what is asked beside the bare address, and what that may change.
ASKED: dict[str, tuple[list[str], set[str]]] = {
    "inbox": (["?q=mail", "?view=starred", "?view=all", "?account={account}", "?before=1-1"], FOUND),
    "search": (["?q=mail", "?q=mail&here=1", "?view=trash", "?view=all&here=1"], FOUND),
    "actions": (["?open=1", "?open=1&after=3"], set()),
    "labels_unread": (["?id=Label_1"], UNITS),
    "conversation": (["?open={message}", "?files={message}"], UNITS),
    "message_body": (["?images=1", "?warm=1"], UNITS),
    "message_parts": ([], UNITS),
    "message_part": ([], UNITS),
    "message_raw": (["?download=1"], UNITS),
}


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the route of every address."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern).removeprefix("^").removesuffix("$").replace("\\Z", "")
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        elif isinstance(one, URLPattern):
            yield one.name or "", route


def rows() -> dict[str, dict[Any, dict[str, Any]]]:
    """Return every row of every table."""
    kinds = apps.get_models(include_auto_created=True)
    return {kind.__name__: {row[kind._meta.pk.attname]: row for row in kind._base_manager.values()} for kind in kinds}


def changes(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Name what differs: "Message.+" for a new row, "Message.-" for one that is gone, "Message.subject"."""
    found: set[str] = set()
    for kind, old in before.items():
        new = after[kind]
        found |= {f"{kind}.+" for _ in new.keys() - old.keys()} | {f"{kind}.-" for _ in old.keys() - new.keys()}
        for key in old.keys() & new.keys():
            found |= {f"{kind}.{name}" for name in old[key] if plain(old[key][name]) != plain(new[key][name])}
    return found


def plain(value: object) -> object:
    return value.token if isinstance(value, Sealed) else value


@pytest.fixture
def operator(acting: GmailAccount, client: Client) -> Client:
    """The browser of a member who is an operator; their labels were listed long ago."""
    MailboxLabels.objects.update(listed_at=timezone.now() - timedelta(hours=1))
    user = acting.users.get()
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client.raise_request_exception = False
    client.force_login(User.objects.get(pk=user.pk))
    return client


@pytest.mark.any_database  # it reads every row of every table, for each address
def test_no_get_changes_a_row(gmail: Mailbox, acting: GmailAccount, operator: Client) -> None:
    gmail.deliver(label_ids=["STARRED"])
    message = acting.messages.values_list("gmail_id", "thread_id")[0]
    words = {"account_id": acting.pk, "gmail_id": message[0], "thread_id": message[1], "part_id": "0"}
    asked, faults, before = 0, {}, rows()
    for name, route in patterns(get_resolver()):
        path = "/" + fill(route, {**words, "object_id": acting.pk, "op": uuid.uuid4()})
        queries, allowed = ASKED.get(name, ([], set()))
        for query, headers in product(["", ALL_AT_ONCE, *queries], HEADERS):
            operator.get(path + query.format(account=acting.pk, message=message[0]), headers=headers)
            asked += 1
            before, last = rows(), before
            if changed := changes(last, before) - (allowed if query or name.startswith("message_") else set()):
                faults[path + query] = changed
    assert faults == {}
    assert asked > 280


def fill(route: str, words: dict[str, Any]) -> str:
    """Put something into the places of a route."""
    for part in route.split("<")[1:]:
        place = part.partition(">")[0]
        route = route.replace(f"<{place}>", str(words.get(place.rpartition(":")[2], "1")))
    return route
