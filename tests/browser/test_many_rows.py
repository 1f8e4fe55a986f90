"""Twenty thousand rows, five hundred events in five seconds, and a processor four times slower: no frame takes long."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit
from tests.support.inbox import mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos]

ROWS, EVENTS = 20_000, 500
FRAME_MS = 50
MINUTE_MS = 60_000
# Notes what the page itself does between two frames, which is not the machine's other work.
NOTE_TASKS = """() => {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
}"""


def test_it_draws_five_hundred_events_into_twenty_thousand_rows(page: Page, site: Site, account: GmailAccount) -> None:
    pattern = mail(account, 1, "INBOX", subject="a pattern", sender_name="Ann", snippet="some words " * 8).as_json()
    visit(page, site)
    message = {**pattern, "account_id": account.pk}
    many: dict[str, Any] = site.client.get("/messages/").json()
    many["messages"] = [numbered(message, number) for number in range(ROWS, 0, -1)]
    site.server.pages["/messages/"] = json.dumps(many).encode()
    site.server.append("mailbox.resynced", {"account_id": account.pk})
    expect(page.locator(f"[data-thread=t{ROWS}]")).to_be_attached(timeout=120_000)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.evaluate(NOTE_TASKS)
    for number in range(ROWS + 1, ROWS + EVENTS + 1):
        arrived = numbered(pattern, number)
        site.server.append("message.added", {"account_id": account.pk, "message": arrived})
        page.wait_for_timeout(5_000 / EVENTS)
    expect(page.locator(f"[data-thread=t{ROWS + EVENTS}]")).to_be_attached(timeout=60_000)
    assert [task for task in page.evaluate("window.tasks") if task > FRAME_MS] == []


def numbered(message: dict[str, Any], number: int) -> dict[str, Any]:
    return {**message, "id": f"m{number}", "thread_id": f"t{number}", "internal_date": number * MINUTE_MS}
