"""Acts on the list: seen at once, sent, undone, settled by the log, and never without focus.

The server of acts is played by a route of Playwright; its outcomes come through the stream.
"""

import random

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, Message
from tests.browser.acts import FOCUSED, Acts, open_acting, press, settle
from tests.browser.site import Site
from tests.support.inbox import connected, mail

pytestmark = pytest.mark.django_db(transaction=True)

# Counts the rows that are put into the list.
COUNT_ROWS = """() => {
  window.drawn = [];
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => {
    for (const row of node.querySelectorAll?.(".row-subject") ?? []) window.drawn.push(row.textContent);
  }))).observe(document.getElementById("rows"), { childList: true, subtree: true });
}"""


def test_it_archives_at_once_and_takes_it_back(page: Page, site: Site, acts: Acts, mails: list[Message]) -> None:
    open_acting(page, site)
    press(page, *"jje")
    expect(page.locator(".row-subject")).to_have_text(["number 5", "number 3", "number 2", "number 1"])
    assert page.evaluate(FOCUSED) == "number 3"
    expect(page.locator("#unread")).to_have_text("4 unread")
    expect(page.locator(".undo")).to_contain_text("Archived “number 4”")
    page.keyboard.press("z")
    expect(page.locator(".row")).to_have_count(5)
    expect(page.locator(".undo")).to_have_count(0)
    acts.body(1)
    (_, body), (address, undo) = acts.posted
    assert body == {
        "op": body["op"],
        "account_id": mails[0].account_id,
        "add": [],
        "remove": ["INBOX"],
        "messages": [],
        "threads": [{"id": "t4", "up_to": "m4"}],
        "seen": site.server.id(0),
    }
    assert (address, set(undo)) == (f"{body['op']}/undo/", {"op"})


def test_mail_page_21_it_shows_no_row_again_while_the_list_is_read_anew(
    page: Page, site: Site, account: GmailAccount, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".row")).to_have_count(4)
    page.evaluate(COUNT_ROWS)
    acts.open = [{**acts.body(0), "messages": ["m5"], "threads": [], "state": "waiting"}]
    with page.expect_response("**/messages/*"):
        site.server.append("mailbox.resynced", {"account_id": account.pk})
    mails[4].set_labels(["UNREAD"])
    site.tell("message.changed", mails[4], added_label_ids=[], removed_label_ids=["INBOX"])
    settle(site, account, acts.body(0)["op"])
    expect(page.locator("#unread")).to_have_text("4 unread")
    expect(page.locator(".row")).to_have_count(4)
    assert page.evaluate("window.drawn") == []


def test_it_shows_open_acts_again_after_a_reload(page: Page, site: Site, acts: Acts, mails: list[Message]) -> None:
    act = {"op": "11", "account_id": mails[0].account_id, "add": ["STARRED"], "remove": ["INBOX"], "messages": ["m2"]}
    acts.open = [{**act, "state": "waiting"}]
    open_acting(page, site)
    expect(page.locator(".row-subject")).to_have_text(["number 5", "number 4", "number 3", "number 1"])
    settle(site, mails[0].account, "11", "refused", reason="label")
    expect(page.locator(".row")).to_have_count(5)


def test_it_repeats_an_act_with_the_same_op_until_the_server_has_it(
    page: Page, site: Site, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    acts.answer = (503, {})
    page.keyboard.press("j")
    with page.expect_response(lambda answer: "/actions/" in answer.url and answer.status == 503):
        page.keyboard.press("s")
    acts.answer = (202, {"state": "waiting"})
    with page.expect_response(lambda answer: "/actions/" in answer.url and answer.status == 202):
        expect(page.locator(".row.starred")).to_have_count(1)
    assert acts.body(1) == acts.body(0)
    settle(site, mails[0].account, acts.body(0)["op"], "refused", reason="gone")
    expect(page.locator(".row.starred")).to_have_count(0)


def test_it_acts_on_all_that_are_ticked(page: Page, site: Site, acts: Acts, mails: list[Message]) -> None:
    open_acting(page, site)
    press(page, "j", "x", "j", "j", "Shift+X")
    expect(page.locator("#chosen")).to_have_text("3 chosen")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator(".row.unread")).to_have_count(2)
    expect(page.locator("#chosen")).to_be_hidden()
    expect(page.locator(".undo")).to_contain_text("Marked 3 conversations read")
    assert [thread["id"] for thread in acts.body(0)["threads"]] == ["t5", "t4", "t3"]
    assert page.evaluate(FOCUSED) == "number 3"


def test_it_says_who_took_a_conversation_and_keeps_its_place_until_one_looks_away(
    page: Page, site: Site, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    page.keyboard.press("j")
    mails[3].set_labels(["UNREAD"])
    by = {"by": {"id": 0, "name": "Ben"}, "op": "7"}
    site.tell("message.changed", mails[3], added_label_ids=[], removed_label_ids=["INBOX"], **by)
    expect(page.locator(".row").nth(1).locator(".row-snippet")).to_have_text("Ben archived this")
    expect(page.locator("#unread")).to_have_text("4 unread")
    for _ in range(2):
        page.keyboard.press("j")
    expect(page.locator(".row")).to_have_count(4)
    assert page.evaluate(FOCUSED) == "number 3"


def test_mail_page_08_a_mailbox_that_may_only_be_read_has_no_acts(
    page: Page, site: Site, acts: Acts, mails: list[Message]
) -> None:
    site.render()
    page.goto("/")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    press(page, "j", "e", "x", "s")
    expect(page.locator(".row")).to_have_count(5)
    expect(page.locator(".row-tick:visible, .row-star:visible")).to_have_count(0)
    assert acts.posted == []


@pytest.mark.parametrize("steps", [120, pytest.param(300, marks=pytest.mark.chaos)])
def test_mail_page_17_it_never_lets_the_focus_fall_to_the_page(
    page: Page, site: Site, acts: Acts, account: GmailAccount, steps: int
) -> None:
    other = connected(site.user, "team@example.com")
    chance = random.Random(11)
    for number in range(1, 31):
        mail([account, other][number % 2], number, "INBOX", *["UNREAD"][: number % 2], subject=f"number {number}")
    open_acting(page, site)
    page.keyboard.press("j")
    lost = []
    for step in range(steps):
        key = chance.choice(["j", "j", "k", "x", "e", "#", "s", "Shift+I", "Shift+U", "z", "z", "Escape", "Shift+X"])
        page.keyboard.press(key)
        if page.evaluate("document.activeElement === document.body"):
            lost.append((step, key))
    assert lost == []
    assert acts.body(20)  # of more than twenty acts, each of which waits for the one before
