"""Put together what the mailboxes have found, as JSON and pages carry it (docs/events.md)."""

import re
from collections.abc import Iterable
from datetime import tzinfo
from functools import partial
from typing import Any

from django.core.exceptions import BadRequest
from django.utils import timezone

from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading.threads import all_in_time
from gmail_sync.searching import here
from gmail_sync.searching.all_mail import Found, ask, refuse
from gmail_sync.searching.wanted import Question, Wanted
from gmail_sync.states import AccountState
from realtime.log import reading

Json = dict[str, Any]

_PLACE = re.compile(r"([0-9]{1,18}):([\w.~=-]{0,200})", re.ASCII)
MOST_PLACES = 100


def from_mirror(user_id: int, account_id: int | None, wanted: Wanted) -> Json:
    """Return at once what the mirror knows, twenty messages at most."""
    cursor = reading.head(user_id)
    accounts = _accounts(user_id, account_id)
    rows = here.find([account.pk for account in accounts], wanted.terms_of_gmail())
    told = [{"id": account.pk, "state": "ok", "retry_after": 0} for account in accounts]
    return _answer(cursor, [_json(row, True) for row in rows], None, told) | {"here": True}


def from_gmail(
    user_id: int, account_id: int | None, wanted: Wanted, places: dict[int, str] | None, zone: tzinfo
) -> Json:
    """Ask all mailboxes at once, or those of `places` for their next page. One that is not in time is away."""
    cursor = reading.head(user_id)
    asked = [one for one in _accounts(user_id, account_id) if places is None or one.pk in places]
    questions = [wanted.question(zone, (places or {}).get(account.pk, "")) for account in asked]
    pairs = list(zip(asked, questions, strict=True))
    outcomes = all_in_time(partial(ask, account, question) for account, question in pairs)
    found = [_found(*pair, outcome) for pair, outcome in zip(pairs, outcomes, strict=True)]
    rows = [_json(row, row.gmail_id in one.kept) for one in found for row in one.messages]
    rows.sort(key=lambda row: (row["internal_date"], row["id"]), reverse=True)
    told = [_told(one) for one in found]
    after = ",".join(f"{one.account.pk}:{one.token}" for one in found if one.token is not None)
    return _answer(cursor, rows, after or None, told) | {"here": False}


def parse_places(text: str) -> dict[int, str]:
    """Return the page of each mailbox that `after` of an answer names. Raises BadRequest for any other text."""
    places = [_PLACE.fullmatch(place) for place in text.split(",", MOST_PLACES)]
    found = {int(place[1]): place[2] for place in places if place}
    if len(found) != len(places):
        raise BadRequest("not a place in what was found")
    return found


def _accounts(user_id: int, account_id: int | None) -> list[GmailAccount]:
    accounts = GmailAccount.objects.filter(users=user_id).exclude(state=AccountState.CLOSING)
    return list(accounts if account_id is None else accounts.filter(pk=account_id))


def _found(account: GmailAccount, question: Question, outcome: Found | Exception) -> Found:
    if isinstance(outcome, Found):
        return outcome
    found = Found(account)
    refuse(found, outcome, question)
    return found


def _told(found: Found) -> Json:
    told = {"id": found.account.pk, "state": found.state.value, "retry_after": found.retry_after}
    return told | {"estimate": found.estimate}


def _json(row: Message, kept: bool) -> Json:
    return {**row.as_json(), "account_id": row.account_id, "in_inbox": row.in_inbox, "kept": kept}


def _answer(cursor: object, rows: Iterable[Json], after: str | None, accounts: list[Json]) -> Json:
    at = timezone.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"cursor": str(cursor), "at": at, "messages": list(rows), "after": after, "accounts": accounts}
