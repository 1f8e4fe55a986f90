"""Somebody who knows Gmail's letters empties an inbox of thirty with the keyboard alone, and waits for nothing."""

from playwright.sync_api import Page, expect

from tests.browser.live.in_place import Mailbox, live
from tests.support.waiting import eventually

MAILS = 30
LOST = "() => document.activeElement === document.body"


def test_somebody_who_knows_gmails_letters_empties_an_inbox(page: Page, mailbox: Mailbox) -> None:
    ids = mailbox.receive(*[f"letter {number}" for number in range(MAILS)])
    live(page, "/")
    expect(page.locator("#rows .row")).to_have_count(MAILS)
    keys = ["j", *"eeeeeeeee", *"#####", "z"]  # nine archived, five trashed, and the last of those taken back
    keys += ["x", "j", "x", "j", "x", "e"]  # three at once
    keys += ["s", "Shift+U", "k", *"eeeeeeeeeeeeee"]
    lost = []
    for number, key in enumerate(keys):
        page.keyboard.press(key)
        if page.evaluate(LOST):
            lost.append((number, key))
    expect(page.locator("#rows .row")).to_have_count(0)
    assert lost == []
    eventually(lambda: not any("INBOX" in mailbox.labels(one) for one in ids))  # an act waits for earlier ones
    eventually(lambda: mailbox.user.get("/actions/?open=1").json()["open"] == [])
    labels = [mailbox.labels(gmail_id) for gmail_id in ids]
    assert sum("TRASH" in one for one in labels) == 4
    assert sum("STARRED" in one for one in labels) == 1


def test_it_reads_and_archives_one_after_the_other(page: Page, mailbox: Mailbox) -> None:
    ids = mailbox.receive(*[f"read {number}" for number in range(5)])
    live(page, "/")
    expect(page.locator("#rows .row")).to_have_count(5)
    page.keyboard.press("j")
    page.keyboard.press("o")
    for number in (4, 3, 2, 1, 0):
        expect(page.locator("#subject")).to_have_text(f"read {number}")
        page.keyboard.press("e")
    expect(page.locator("#rows .row")).to_have_count(0)
    expect(page.locator("#reader")).to_have_count(0)
    eventually(lambda: not [gmail_id for gmail_id in ids if "INBOX" in mailbox.labels(gmail_id)])
