"""Mails that come to a list of twenty thousand rows, as a part of `page`: how long does a frame stand still?"""

import json
import time
from typing import Any

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from bench import slow_browser
from bench.browser import Browser
from bench.choices import Choices
from bench.slow_browser import LONG_MS, RATE
from bench.stack import Stack
from bench.table import Table, median

ROWS, EVENTS, SECONDS = [50, 20_000], 500, 5
# A promise of the row: to look for it in the page again and again would be measured with the page.
EXPECT = """(thread) => {
  window.arrived = new Promise((done) => {
    const isIt = (node) => node.dataset?.thread === thread || Boolean(node.querySelector?.(`[data-thread=${thread}]`));
    const look = (records) => records.some(({ addedNodes }) => [...addedNodes].some(isIt)) && done();
    new MutationObserver(look).observe(document.getElementById("rows"), { childList: true, subtree: true });
  });
}"""
MINUTE_MS = 60_000
# Inside the product: mails enter the log as a sync has them, one commit each.
_ARRIVE = """
import json, sys, time
from gmail_sync.events import MessageAdded
from gmail_sync.models import GmailAccount
from realtime.log import eventlog

asked = json.load(sys.stdin)
account = GmailAccount.objects.get()
members, began = account.member_ids(), time.monotonic()
for turn, message in enumerate(asked["messages"]):
    time.sleep(max(0, began + turn * asked["gap"] - time.monotonic()))
    with eventlog.atomic() as log:
        log.append(members, MessageAdded(account.pk, message))
"""


def measure(choices: Choices, stack: Stack, chromium: Chromium, user: Browser) -> Table:
    """Let the mails come to a short list and to a long one."""
    sizes = ROWS[:1] if choices.small else ROWS
    table = Table(
        f"page: {EVENTS} mails within {SECONDS} s, the processor {RATE} times slower ({choices.database})",
        ["rows in the list", "ms a mail", "ms a frame", "longest task ms", f"tasks above {LONG_MS} ms"],
        notes=[
            "Milliseconds of the page's own thread, by Chromium's tracing: the machine's other work is not in them. "
            f"A page that is busy for {LONG_MS} ms is seen to stand still.",
        ],
    )
    for rows in sizes:
        tasks, frames = _times(stack, chromium, user, rows)
        table.add(rows, sum(tasks) / EVENTS, median(frames), max(tasks), sum(1 for one in tasks if one > LONG_MS))
    return table


def _times(stack: Stack, chromium: Chromium, user: Browser, rows: int) -> tuple[list[float], ...]:
    """Return the time of each task, and of each frame, of a page with so many rows while the mails come."""
    listed = user.http.get("/messages/").json()
    mails = _mails(listed["messages"][0], rows + EVENTS)
    shown, coming = mails[:rows], mails[rows:]
    page = slow_browser.new_page(chromium, user, stack.url)
    page.route("**/messages/?*", lambda route: route.fulfill(json={**listed, "messages": shown[::-1], "older": None}))
    first = listed["messages"][0]
    page.goto(f"/conversations/{first['account_id']}/{first['thread_id']}/")  # such a page asks for its list
    _wait_for_row(page, shown[-1])
    page.keyboard.press("u")
    page.evaluate(EXPECT, coming[-1]["thread_id"])
    slow_browser.slow(page)
    chromium.start_tracing(page=page, categories=slow_browser.TRACED)
    asked = {"messages": coming, "gap": SECONDS / EVENTS}
    stack.manage("shell", "--verbosity", "0", "-c", _ARRIVE, stdin=json.dumps(asked))
    page.evaluate("window.arrived")
    trace = chromium.stop_tracing()
    page.context.close()
    return tuple(slow_browser.own_times(trace, what) for what in (slow_browser.TASK, slow_browser.FRAME))


def _mails(pattern: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Return so many mails, oldest first, one a minute."""
    names = [f"b{number}" for number in range(count)]
    dates = range(int(time.time() * 1_000) - count * MINUTE_MS, int(time.time() * 1_000) + 1, MINUTE_MS)
    labels = {"label_ids": ["INBOX", "UNREAD"]}
    return [
        {**pattern, **labels, "id": name, "thread_id": name, "internal_date": date}
        for name, date in zip(names, dates, strict=False)
    ]


def _wait_for_row(page: Page, message: dict[str, Any]) -> None:
    page.wait_for_selector(f"[data-thread={message['thread_id']}]", state="attached")
