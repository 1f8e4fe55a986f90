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
def test_mail_page_01_it_ends_at_the_truth_and_shows_no_row_again_whatever_happens_in_between(
    tab: Page, seed: int
) -> None:
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


HALVED = """async ([count, most]) => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Acts }, { Overlay }, { conversations }] = await Promise.all(["acts", "overlay", "conversations"].map(load));
  const [overlay, refused, undone] = [new Overlay(), [], []];
  const post = async (address, { threads }) => {
    if (!threads) undone.push(address.split("/")[2]);
    return { status: threads?.length > most ? 413 : 202, reason: "too_many" };
  };
  const acts = new Acts({ post, overlay, redraw: () => {}, refused: (op, reason) => refused.push(reason) });
  const mail = { account_id: 1, label_ids: ["INBOX"], subject: "", rank: 0 };
  const numbered = (id) => ({ ...mail, id: `m${id}`, thread_id: `t${id}`, internal_date: id });
  const messages = Array.from({ length: count }, (_, id) => numbered(id));
  acts.act("archive", conversations(messages));
  const settle = async () => { while (acts.unsent) await new Promise((resolve) => setTimeout(resolve, 5)); };
  await settle();
  const sent = overlay.all();
  acts.undo();
  await settle();
  const all = new Set(sent.flatMap(({ threads }) => threads.map(({ id }) => id)));
  const alike = sent.map(({ op }) => op).sort().join() === undone.sort().join();
  return [sent.map(({ threads }) => threads.length), all.size, refused, alike];
}"""


@pytest.mark.parametrize(
    ("count", "most", "sent", "refused"),
    [
        (10, 1_000, [10], []),
        (10, 5, [5, 5], []),
        (10, 3, [3, 2, 3, 2], []),
        (2, 0, [], ["too_many"] * 2),  # one conversation cannot be halved
    ],
)
def test_it_sends_in_pieces_what_the_server_finds_too_much_and_undoes_all(
    tab: Page, count: int, most: int, sent: list[int], refused: list[str]
) -> None:
    pieces, conversations, reasons, alike = tab.evaluate(HALVED, [count, most])
    assert sorted(pieces) == sorted(sent)
    assert (conversations, reasons, alike) == (sum(sent), refused, True)


UNDONE = """async () => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Acts }, { Overlay }, { conversations }] = await Promise.all(["acts", "overlay", "conversations"].map(load));
  const [overlay, asked] = [new Overlay(), []];
  let answer;
  const post = (address) => { asked.push(address); return new Promise((resolve) => (answer = resolve)); };
  const acts = new Acts({ post, overlay, redraw: () => {}, refused: () => {} });
  const mail = { account_id: 1, label_ids: ["INBOX"], subject: "", rank: 0, internal_date: 1 };
  acts.act("archive", conversations(["1", "2"].map((id) => ({ ...mail, id, thread_id: id }))));
  await new Promise((resolve) => setTimeout(resolve));
  acts.undo();
  answer({ status: 413 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  return [asked, overlay.size];
}"""


def test_it_sends_nothing_of_what_was_undone_before_it_was_halved(tab: Page) -> None:
    assert tab.evaluate(UNDONE) == [["/actions/"], 0]


HALVED_LATER = """async () => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Acts }, { Overlay }, { conversations }] = await Promise.all(["acts", "overlay", "conversations"].map(load));
  const [overlay, asked] = [new Overlay(), []];
  overlay.position = "e-7";
  const post = async (address, { threads, seen, add }) => {
    asked.push([threads.map(({ id }) => id).join(), seen, add.join()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { status: threads.length > 1 ? 413 : 202 };
  };
  const acts = new Acts({ post, overlay, redraw: () => {}, refused: () => {} });
  const mail = { account_id: 1, label_ids: ["INBOX"], subject: "", rank: 0, internal_date: 1 };
  const messages = ["1", "2"].map((id) => ({ ...mail, id, thread_id: id }));
  acts.act("archive", conversations(messages));
  overlay.position = "e-9";
  acts.act("star", conversations([messages[0]]));
  while (acts.unsent) await new Promise((resolve) => setTimeout(resolve, 5));
  return asked;
}"""


def test_each_half_says_what_was_seen_and_a_later_act_waits_for_both(tab: Page) -> None:
    first, *halves, later = tab.evaluate(HALVED_LATER)
    assert first == ["1,2", "e-7", ""]
    assert sorted(halves) == [["1", "e-7", ""], ["2", "e-7", ""]]
    assert later[1:] == ["e-9", "STARRED"]
