"""The list as one acts on it, without a server: truth, open acts over it, and what of both is seen."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

RUN = Path(__file__).with_name("acting_view.js").read_text()
MANY = """async ([first, runs]) => {
  const run = %s;
  const faults = [];
  for (let seed = first; seed < first + runs; seed += 1) faults.push(...await run([seed, 120]));
  return faults;
}"""


@pytest.mark.parametrize("seed", range(4))
def test_it_ends_at_the_truth_and_shows_no_row_again_whatever_happens_in_between(tab: Page, seed: int) -> None:
    assert tab.evaluate(MANY.replace("%s", RUN), [1 + 1_000 * seed, 50]) == []


SAYS = """async ([ages]) => {
  const { Saving } = await import("/static/gmail_sync/saving.js");
  const phrases = { say: (path, { n } = {}) => `${path} ${n ?? ""}`.trim() };
  return new Saving(null, phrases, null).words(ages.map((age) => 100_000 - age), 100_000);
}"""


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        ([], ""),
        ([2_999], ""),
        ([10, 3_000], "saving"),
        ([29_000, 5_000], "saving"),
        ([30_000, 40_000, 5], "unconfirmed 2"),
    ],
)
def test_it_says_nothing_for_three_seconds_and_a_number_after_thirty(tab: Page, ages: list[int], words: str) -> None:
    assert tab.evaluate(SAYS, [ages]) == words


ASKED = """async ([verb, messages]) => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ acts }, { conversations }] = await Promise.all(["verbs", "conversations"].map(load));
  const [{ messages: named, threads }] = acts(verb, conversations(messages));
  return [named, threads.map(({ id, up_to: upTo }) => [id, upTo])];
}"""


def test_it_names_the_message_that_gmail_gave_no_thread(tab: Page) -> None:
    mail = {"account_id": 1, "label_ids": ["INBOX"], "subject": "", "internal_date": 1, "rank": 0}
    messages = [{**mail, "id": "m1", "thread_id": "t1"}, {**mail, "id": "m2", "thread_id": ""}]
    assert tab.evaluate(ASKED, ["archive", messages]) == [["m2"], [["t1", "m1"]]]


OVERTAKEN = """async () => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Acts }, { Overlay }] = await Promise.all(["acts", "overlay"].map(load));
  const overlay = new Overlay();
  const acts = new Acts({ overlay, redraw: () => {}, refused: () => {} });
  acts.settled({ op: "first", state: "done" });
  acts.reconcile(["first", "second"].map((op) => ({ op, account_id: 1, messages: [] })), [], () => []);
  return overlay.all().map(({ op }) => op);
}"""


def test_it_opens_no_act_that_the_log_has_settled_while_the_answer_was_on_its_way(tab: Page) -> None:
    assert tab.evaluate(OVERTAKEN) == ["second"]


CHOOSE = """async (steps) => {
  const { Selection } = await import("/static/gmail_sync/selection.js");
  const chosen = new Selection();
  for (const [how, key] of steps) chosen[how](key, how === "extend" ? ["a", "b", "c", "d", "e"] : undefined);
  return chosen.keys.sort().join("");
}"""


@pytest.mark.parametrize(
    ("steps", "keys"),
    [
        ([("toggle", "b"), ("extend", "d")], "bcd"),
        ([("toggle", "d"), ("extend", "b"), ("toggle", "c")], "bd"),
        ([("extend", "c")], "c"),
        ([("toggle", "b"), ("drop", "b"), ("extend", "d")], "d"),
        ([("all", ["a", "e"]), ("toggle", "a")], "e"),
        ([("all", ["a", "e"]), ("clear", None)], ""),
    ],
)
def test_it_ticks_one_a_range_or_all(tab: Page, steps: list[list[str]], keys: str) -> None:
    assert tab.evaluate(CHOOSE, steps) == keys


PRESS = """async (events) => {
  const { Keys } = await import("/static/gmail_sync/keys.js");
  const keys = new Keys();
  return events.map((event, index) => keys.verb(event, index * 1_000) ?? "");
}"""


def test_it_knows_gmails_letters_and_leaves_the_browser_its_own(tab: Page) -> None:
    pressed = [{"key": key} for key in ("j", "e", "#", "g", "i", "i", "Q")] + [{"key": "e", "ctrlKey": True}]
    assert tab.evaluate(PRESS, pressed) == ["next", "archive", "trash", "", "inbox", "", "", ""]
