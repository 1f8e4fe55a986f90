"""The phrase of the state line: "Live" only if the line, the worker and every mailbox are."""

from typing import Any

import pytest
from playwright.sync_api import Page

from gmail_sync.pages.phrases import PHRASES

ANN = {"id": 1, "email": "ann@example.com", "state": "connected"}
TEAM = {"id": 2, "email": "team@example.com", "state": "connected"}
SINCE = "2026-11-22T10:02:00Z"
PHRASE = """async ([connection, since, late, mailboxes, phrases]) => {
  const { Phrases } = await import("/static/gmail_sync/phrases.js");
  const { standing } = await import("/static/gmail_sync/standing.js");
  const { clock } = await import("/static/gmail_sync/words.js");
  const what = { connection, since: since && new Date(since), late, mailboxes, phrases: new Phrases(phrases) };
  const { words } = standing(what);
  return words.replace(clock(new Date("2026-11-22T10:02:00Z")), "10:02");
}"""


def late(account_id: int | None, reason: str, since: str | None = SINCE) -> dict[str, Any]:
    return {"account_id": account_id, "reason": reason, "since": since}


def mailbox(base: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**base, **fields}


@pytest.mark.parametrize(
    ("connection", "since", "what", "mailboxes", "words"),
    [
        ("live", None, [], [ANN, TEAM], "Live"),
        ("live", None, [], [], "Live"),
        ("connecting", None, [], [ANN], "Connecting"),
        ("catching-up", None, [], [ANN], "Catching up"),
        ("live", None, [], [mailbox(ANN, state="syncing")], "Catching up"),
        ("silent", SINCE, [], [ANN], "No sign of life since 10:02"),
        ("offline", SINCE, [], [ANN], "Offline. This is the mail of 10:02"),
        ("offline", None, [], [ANN], "Offline. Trying again"),
        ("waiting", SINCE, [], [ANN], "Too many open windows. This is the mail of 10:02"),
        ("degraded", SINCE, [], [ANN], "A second late since 10:02"),
        ("asking", None, [], [ANN], "Live by asking: this network holds streams back"),
        ("asking", None, [late(1, "gmail")], [ANN], "ann@ was not read since 10:02"),
        ("live", None, [late(None, "worker")], [ANN], "New mail waits since 10:02"),
        ("live", None, [late(None, "worker", None)], [ANN], "New mail waits"),
        ("live", None, [late(None, "worker")], [], "Live"),  # whose mail?
        ("live", None, [late(2, "gmail")], [ANN, TEAM], "team@ was not read since 10:02"),
        ("live", None, [late(2, "keys", None)], [ANN, TEAM], "team@ was not read"),
        ("live", None, [late(2, "error"), late(1, "gmail")], [ANN, TEAM], "team@ and 1 more were not read since 10:02"),
        ("live", None, [late(9, "gmail")], [ANN], "Live"),  # a mailbox that is no longer ours
        ("live", None, [late(1, "push")], [ANN], "New mail comes within a minute since 10:02"),
        ("live", None, [late(1, "push", None)], [ANN, TEAM], "ann@: new mail comes within a minute"),
        ("live", None, [late(1, "push"), late(2, "gmail")], [ANN, TEAM], "team@ was not read since 10:02"),
        ("degraded", SINCE, [late(1, "push", None)], [ANN], "New mail comes within a minute"),
        ("live", None, [], [mailbox(ANN, state="reauth_required"), TEAM], "ann@ waits for your consent"),
        ("offline", SINCE, [late(1, "gmail")], [ANN], "Offline. This is the mail of 10:02"),
        (
            "live",
            None,
            [late(1, "gmail")],
            [ANN, mailbox(TEAM, email="ann@work.example")],
            "ann@example.com was not read since 10:02",
        ),
    ],
)
def test_it_says_the_worst_first(
    tab: Page, connection: str, since: str | None, what: list[Any], mailboxes: list[Any], words: str
) -> None:
    assert tab.evaluate(PHRASE, [connection, since, what, mailboxes, PHRASES]) == words
