"""Twenty thousand rows, and five hundred events in five seconds: an event costs no more than in a short list.

Here is counted what the machine's other work does not change; `bin/bench page` measures milliseconds (docs/scaling.md).
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from gmail_sync.models import GmailAccount
from launcher.environment import ROOT
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, FEW, EVENTS, SECONDS, FEW_AT_ONCE = 20_000, 200, 500, 5, 20
MOST_IN_A_TURN, MOST_IN_A_BLOCK, MOST_THAT_GLOW = 50, 20, 4
SEEN = 300  # the blocks of a window and of its margin
MINUTE_MS = 60_000
NOTE = """() => {
  const arrived = (row) => row.classList.contains("arrived");
  window.noted = { frames: 0, placed: 0, others: new Set() };
  const frame = () => { noted.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new MutationObserver((records) => {
    for (const { addedNodes, target } of records) {
      noted.placed += [...addedNodes].filter((node) => node.matches?.(".row")).length;
      const row = target.parentElement?.closest(".row");
      if (row && !arrived(row)) noted.others.add(row);
    }
  }).observe(document.getElementById("rows"), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
}"""
NOTE_TURNS = """() => {
  window.turns = new Set(); // others' turns in which a row was placed
  const { port1, port2 } = new MessageChannel();
  let turn = 0;
  port1.onmessage = () => { turn += 1; port2.postMessage(null); };
  port2.postMessage(null);
  const observer = new MutationObserver(() => turns.add(turn));
  observer.observe(document.getElementById("rows"), { subtree: true, childList: true });
}"""
SLOW_FRAMES = """() => {
  window.frames = []; // the rows that came between two frames, of which each takes longer than it may
  let placed = 0;
  new MutationObserver((records) => {
    placed += records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.matches?.(".row")).length;
  }).observe(document.getElementById("rows"), { subtree: true, childList: true });
  new ResizeObserver(() => {
    const end = performance.now() + 60;
    while (performance.now() < end);
  }).observe(document.getElementById("rows"));
  const frame = () => {
    if (placed) frames.push(placed);
    placed = 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
LARGEST = """() => {
  const parts = [...document.querySelectorAll("#rows :is(.block, .chapter)")];
  return Math.max(...parts.map(({ children }) => children.length));
}"""
NOTED = """() => ({
  frames: noted.frames,
  placed: noted.placed,
  others: noted.others.size,
  rendered: [...document.querySelectorAll("#rows .row")]
    .filter((row) => row.checkVisibility({ contentVisibilityAuto: true })).length,
})"""


@dataclass(frozen=True)
class Cost:
    """What the events have cost the page."""

    frames: int
    placed: int  # rows, a move included
    others: int  # rows that were there before, and were touched
    rendered: int
    layouts: int


def cost_in(page: Page, site: Site, account: GmailAccount, rows: int) -> Cost:
    """Let the events come to a list of so many rows."""
    pattern = unsaved(account, 1, subject="a pattern", sender_name="Ann", snippet="some words " * 8).as_json()
    visit(page, site)
    many: dict[str, Any] = site.client.get("/messages/").json()
    many["messages"] = [numbered({**pattern, "account_id": account.pk}, number) for number in range(rows, 0, -1)]
    site.server.pages["/messages/"] = json.dumps(many).encode()
    site.server.append("mailbox.resynced", {"account_id": account.pk})
    # Not by expect(): it describes the page for its message, and lays it out for that
    page.locator(f"[data-thread=t{rows}]").wait_for(state="attached", timeout=120_000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(NOTE)
    before = layouts(session)
    for number in range(rows + 1, rows + EVENTS + 1):
        site.server.append("message.added", {"account_id": account.pk, "message": numbered(pattern, number)})
        time.sleep(SECONDS / EVENTS)
    page.locator(f"[data-thread=t{rows + EVENTS}]").wait_for(state="attached", timeout=60_000)
    return Cost(layouts=layouts(session) - before, **page.evaluate(NOTED))


def layouts(session: CDPSession) -> int:
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return int(metrics["LayoutCount"])


def numbered(message: dict[str, Any], number: int) -> dict[str, Any]:
    return {**message, "id": f"m{number}", "thread_id": f"t{number}", "internal_date": number * MINUTE_MS}


def test_mail_page_18_it_answers_between_the_rows_of_hundreds_of_events(
    page: Page, site: Site, account: GmailAccount
) -> None:
    pattern = unsaved(account, 1, subject="a pattern").as_json()
    visit(page, site)
    page.evaluate(NOTE_TURNS)
    site.server.drop()  # what is missed meanwhile comes in one piece
    for number in range(1, EVENTS + 1):
        site.server.append("message.added", {"account_id": account.pk, "message": numbered(pattern, number)})
    expect(page.locator("#rows .row")).to_have_count(EVENTS, timeout=60_000)
    assert page.evaluate("turns.size") > EVENTS / MOST_IN_A_TURN
    threads = page.locator("#rows .row").evaluate_all("(rows) => rows.map(({ dataset }) => dataset.thread)")
    assert threads == [f"t{number}" for number in range(EVENTS, 0, -1)]
    assert page.evaluate(LARGEST) == MOST_IN_A_BLOCK
    assert page.locator(".row.arrived").count() == MOST_THAT_GLOW


def test_mail_page_18_it_draws_one_row_at_a_time_where_frames_are_slow(
    page: Page, site: Site, account: GmailAccount
) -> None:
    pattern = unsaved(account, 1, subject="a pattern").as_json()
    visit(page, site)
    page.evaluate(SLOW_FRAMES)
    site.server.drop()
    for number in range(1, FEW_AT_ONCE + 1):
        site.server.append("message.added", {"account_id": account.pk, "message": numbered(pattern, number)})
    expect(page.locator("#rows .row")).to_have_count(FEW_AT_ONCE, timeout=60_000)
    assert set(page.evaluate("frames")) == {1}


def test_mail_page_18_a_row_has_nothing_that_the_browser_looks_at_for_each_frame(
    page: Page, site: Site, account: GmailAccount
) -> None:
    """It runs through every <svg> of a page, in sight or not: each has a clock of its own."""
    mail(account, 1, "INBOX", "STARRED")
    visit(page, site)
    expect(page.locator("#rows .row")).to_have_count(1)
    expect(page.locator("#rows svg")).to_have_count(0)
    expect(page.locator("#rows .row")).to_have_css("contain", "layout style")  # and all that moves down


@pytest.mark.chaos
def test_mail_page_18_an_event_costs_no_more_in_twenty_thousand_rows(
    page: Page, site: Site, account: GmailAccount
) -> None:
    few = cost_in(page, site, account, FEW)
    many = cost_in(page, site, account, ROWS)
    assert (many.placed, many.others) == (few.placed, few.others)
    assert many.rendered < SEEN
    of_blocks = 2 * EVENTS // MOST_IN_A_BLOCK  # a frame in which one comes into sight has a second layout
    assert many.layouts <= many.frames + of_blocks, many


def test_mail_page_18_no_rule_looks_for_something_in_all_the_rows() -> None:
    """`:has()` walks all that is below its subject whenever anything was added there, `+` and `~` all that follow."""
    sheets = [path.read_text() for app in ("finito", "gmail_sync") for path in (ROOT / app / "static").rglob("*.css")]
    rules = "".join(re.sub(r"/\*.*?\*/", "", sheet, flags=re.S) for sheet in sheets)
    selectors = re.findall(r"([^{}]+)\{", rules)
    walked = {subject for one in selectors for subject in re.findall(r"([\w.-]+)[^\s,]*:has\((?!> )", one)}
    assert len(sheets) > 5
    assert walked == {".row", ".row-tick"}  # little is below them
    assert [one for one in selectors if re.search(r"[+~]\s*\S*\.row\b", one)] == []
    assert "@container" not in rules  # the style of a new row would be found twice


def test_it_draws_on_where_no_frame_comes(page: Page, site: Site, account: GmailAccount) -> None:
    visit(page, site)
    page.evaluate("window.requestAnimationFrame = () => 0")
    for number in (1, 2, 3):
        site.tell("message.added", unsaved(account, number, "INBOX"))
        expect(page.locator("#rows .row")).to_have_count(number)
