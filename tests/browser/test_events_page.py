"""docs/events.md and the pages know every event of gmail_sync/events.py."""

import json
import re

import pytest
from django.conf import settings

from gmail_sync import events
from gmail_sync.events import MailEvent

PAGE = (settings.BASE_DIR / "docs" / "events.md").read_text()
LISTENED = (settings.BASE_DIR / "gmail_sync/static/gmail_sync/event-types.js").read_text()
EXAMPLES = {
    "message.added": events.MessageAdded(7, {"id": ""}),
    "message.changed": events.MessageChanged(7, "", "", [], [], []),
    "message.deleted": events.MessageDeleted(7, "", ""),
    "mailbox.resynced": events.MailboxResynced(7),
    "mailbox.counts": events.MailboxCounts(7, "INBOX", 3, 812),
    "account.status": events.AccountStatus(7, "syncing", "anna@example.com", 120, 500, can_act=True),
    "action.settled": events.ActionSettled(7, "0b9c0f6e", "partly", "gone", [""]),
    "mailbox.labels": events.MailboxLabelsListed(7, []),
}


def test_it_names_every_event_once() -> None:
    types = {subclass.type for subclass in MailEvent.__subclasses__()}
    listed = re.search(r"EVENT_TYPES = \[(.*?)\]", LISTENED, re.DOTALL)
    assert listed
    assert set(re.findall(r'"([a-z.]+)"', listed[1])) == set(EXAMPLES) == types


@pytest.mark.parametrize("type_", EXAMPLES)
def test_it_shows_each_event_as_it_is_sent(type_: str) -> None:
    section = re.search(rf"^### {re.escape(type_)}\n.*?```json\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert section
    shown, sent = json.loads(section[1]), EXAMPLES[type_].payload()
    assert set(shown) == {"at", *sent}
    if type_ != "message.added":
        assert set(shown.get("message", {})) == set(sent.get("message", {}))


def test_it_shows_only_json_that_is_json() -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == len(EXAMPLES) + 2  # the answers of /messages/ and /search/
    for block in blocks:
        json.loads(block)
