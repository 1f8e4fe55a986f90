"""The inbox answers each event: rows to show and hide, the count, and when it cannot know."""

from typing import Any

import pytest
from playwright.sync_api import Page

INBOX, UNREAD = "INBOX", "UNREAD"
APPLY = """async ([labels, type, message, extra]) => {
  const { Listing } = await import("/static/gmail_sync/listing.js");
  const listing = new Listing(null);
  const known = { account_id: 1, id: "known", internal_date: 500, label_ids: labels };
  listing.load({ messages: [known], older: "500-1", unread: 10, head: "e-5" });
  const { show, hide, unsure } = listing.apply(type, { account_id: 1, message, ...extra }, "e-6");
  const outcome = { unread: listing.unread, rows: listing.shown().map(({ id }) => id), unsure: Boolean(unsure) };
  listing.apply(type, { account_id: 1, message, ...extra }, "e-6");
  return { ...outcome, drawn: show?.id ?? hide, again: listing.shown().length };
}"""


def apply(tab: Page, labels: list[str], type_: str, message: dict[str, Any], **extra: Any) -> dict[str, Any]:
    outcome: dict[str, Any] = tab.evaluate(APPLY, [labels, type_, message, extra])
    return outcome


def changed(tab: Page, id_: str, before: list[str], after: list[str]) -> dict[str, Any]:
    """A message.changed about `known`, or about a message that is not loaded."""
    added = [label for label in after if label not in before]
    removed = [label for label in before if label not in after]
    message = {"id": id_, "label_ids": after}
    labels = before if id_ == "known" else [INBOX]
    return apply(tab, labels, "message.changed", message, added_label_ids=added, removed_label_ids=removed)


@pytest.mark.parametrize(("date", "rows"), [(900, ["new", "known"]), (100, ["known"])])
def test_it_counts_new_mail_and_lists_it_unless_it_belongs_to_an_older_page(
    tab: Page, date: int, rows: list[str]
) -> None:
    outcome = apply(tab, [INBOX], "message.added", {"id": "new", "internal_date": date, "label_ids": [INBOX, UNREAD]})
    assert (outcome["unread"], outcome["rows"], outcome["unsure"]) == (11, rows, False)
    assert outcome["again"] == len(rows)


def test_it_ignores_new_mail_outside_the_inbox(tab: Page) -> None:
    outcome = apply(tab, [INBOX], "message.added", {"id": "new", "internal_date": 900, "label_ids": ["SENT"]})
    assert (outcome["unread"], outcome["rows"]) == (10, ["known"])


@pytest.mark.parametrize("id_", ["known", "not loaded"])
@pytest.mark.parametrize(
    ("before", "after", "unread"),
    [
        ([INBOX, UNREAD], [INBOX], 9),
        ([INBOX], [INBOX, UNREAD], 11),
        ([INBOX, UNREAD], [UNREAD], 9),
        ([INBOX], ["TRASH"], 10),
        ([INBOX, UNREAD], [INBOX, UNREAD, "TRASH"], 9),
        ([INBOX, UNREAD], [INBOX, UNREAD, "SPAM"], 9),
        ([UNREAD], [], 10),
        ([INBOX], [INBOX, "STARRED"], 10),
    ],
)
def test_it_counts_by_labels(tab: Page, id_: str, before: list[str], after: list[str], unread: int) -> None:
    outcome = changed(tab, id_, before, after)
    assert (outcome["unread"], outcome["unsure"]) == (unread, False)


def test_it_hides_what_left_the_inbox_and_shows_it_when_it_returns(tab: Page) -> None:
    assert changed(tab, "known", [INBOX], ["TRASH"])["drawn"] == "1:known"
    assert changed(tab, "known", [UNREAD], [INBOX, UNREAD])["drawn"] == "known"


@pytest.mark.parametrize("label", ["TRASH", "SPAM"])
def test_mail_page_10_it_hides_what_keeps_inbox_outside_of_it(tab: Page, label: str) -> None:
    assert changed(tab, "known", [INBOX], [INBOX, label])["drawn"] == "1:known"
    assert changed(tab, "known", [INBOX, label], [INBOX])["drawn"] == "known"
    added = {"id": "new", "internal_date": 900, "label_ids": [INBOX, UNREAD, label]}
    outcome = apply(tab, [INBOX], "message.added", added)
    assert (outcome["unread"], outcome["rows"]) == (10, ["known"])


def test_it_asks_the_server_about_what_it_never_saw(tab: Page) -> None:
    assert changed(tab, "not loaded", ["TRASH"], [INBOX])["unsure"]
    assert changed(tab, "not loaded", [INBOX, "TRASH"], [INBOX])["unsure"]
    assert not changed(tab, "not loaded", ["TRASH"], [INBOX, "TRASH"])["unsure"]
    assert apply(tab, [INBOX], "message.deleted", {"id": "not loaded"})["unsure"]
    assert not apply(tab, [INBOX], "message.deleted", {"id": "known"})["unsure"]


def test_rule_09_a_count_that_may_hold_the_event_already_is_unsure(tab: Page) -> None:
    outcome = tab.evaluate(APPLY.replace('"e-6"', '"e-5"'), [[INBOX], "message.deleted", {"id": "known"}, {}])
    assert not outcome["unsure"]
    outcome = tab.evaluate(APPLY.replace('"e-6"', '"e-5"'), [[INBOX, UNREAD], "message.deleted", {"id": "known"}, {}])
    assert outcome["unsure"]


COUNT = """async ([accountId, accounts, steps]) => {
  const { Listing } = await import("/static/gmail_sync/listing.js");
  const listing = new Listing(accountId);
  const shown = accounts.filter(({ id }) => accountId === null || id === accountId);
  const unread = shown.reduce((sum, account) => sum + account.unread, 0);
  listing.load({ messages: [], older: null, unread, head: "e-5", accounts });
  const known = steps.map(([type, account_id, number], index) => {
    if (type === "counts") return listing.count({ account_id, label_id: "INBOX", messages_unread: number });
    const message = { id: `m${index}`, internal_date: index, label_ids: ["INBOX", "UNREAD"] };
    return listing.apply("message.added", { account_id, message }, "e-6");
  });
  return [listing.unread, listing.exact, known.includes(false)];
}"""
OURS, GMAILS = {"id": 1, "unread": 50, "exact": False}, {"id": 2, "unread": 7, "exact": True}


@pytest.mark.parametrize(
    ("account_id", "steps", "unread", "exact", "strange"),
    [
        (None, [], 57, False, False),
        (2, [], 7, True, False),
        (None, [("counts", 1, 556)], 563, True, False),
        (None, [("added", 1, 0), ("added", 2, 0)], 59, False, False),
        (None, [("added", 2, 0), ("counts", 2, 8)], 58, False, False),  # Gmail's word settles what we counted on
        (None, [("counts", 2, 8), ("added", 2, 0), ("counts", 2, 8)], 58, False, False),
        (1, [("counts", 2, 99)], 50, False, False),
        (1, [("added", 1, 0), ("counts", 1, 0)], 0, True, False),
        (None, [("counts", 3, 9)], 57, False, True),
    ],
)
def test_it_takes_gmails_own_count_and_moves_it_on(
    tab: Page, account_id: int | None, steps: list[Any], unread: int, exact: bool, strange: bool
) -> None:
    assert tab.evaluate(COUNT, [account_id, [OURS, GMAILS], steps]) == [unread, exact, strange]


MOVED = """async (times) => {
  const { Listing } = await import("/static/gmail_sync/listing.js");
  const listing = new Listing(null);
  const of = { account_id: 1, label_ids: ["INBOX"] };
  const messages = [2, 1].map((n) => ({ ...of, id: `m${n}`, thread_id: `t${n}`, internal_date: n }));
  listing.load({ messages, older: null, unread: 0, head: "e-5" });
  const message = { id: "m2", thread_id: "t1", label_ids: ["INBOX"] };
  const payload = { account_id: 1, message, added_label_ids: [], removed_label_ids: [], former_thread_id: "t2" };
  for (let time = 0; time < times; time += 1) listing.apply("message.changed", payload, "e-6");
  return ["1:t1", "1:t2"].map((key) => listing.thread(key).map(({ id }) => id));
}"""


@pytest.mark.parametrize("times", [1, 2])
def test_a_message_that_gmail_moved_is_in_its_new_conversation_alone(tab: Page, times: int) -> None:
    assert tab.evaluate(MOVED, times) == [["m1", "m2"], []]
