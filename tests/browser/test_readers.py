"""Where the mailbox shows it, a page names the conversation that it has open, and shows who has which (readers.js)."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.axe import assert_clean
from tests.browser.beats import BEN, NOTE_WHAT_IS_SAID, PRIYA, Beats, tell
from tests.browser.site import Site, stop_clock, unsaved, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(site: Site, account: GmailAccount, beats: Beats, page: Page) -> str:
    """What the name of a conversation begins with; two of them stand in the list and can be opened."""
    page.clock.install()
    for number in (1, 2):
        mail(account, number, "INBOX", subject=f"number {number}", sender_name="Mira")
        address = f"/conversations/{account.pk}/t{number}/"
        answer = site.client.get(address, headers={"Sec-Fetch-Dest": "empty"})
        site.server.pages[address] = answer.content
    beats.more = {"shows_readers": True}
    return f"message.{account.pk}."


def reading(person: dict[str, Any], *conversations: str, state: str = "viewing") -> dict[str, Any]:
    return {**person, "inner": dict.fromkeys(conversations, state)}


def open_row(page: Page, subject: str) -> None:
    page.locator(".row", has_text=subject).locator(".row-link").click()
    expect(page.locator("#subject")).to_have_text(subject)


def test_it_names_what_is_open_once_it_knows_that_the_mailbox_shows_it(
    page: Page, site: Site, beats: Beats, room: str
) -> None:
    visit(page, site)
    beats.come(page, ["viewing"])
    page.clock.run_for(4_000)
    open_row(page, "number 1")
    beats.come(page, 2 * ["viewing"])
    expect(page.get_by_text("Members see who reads this")).to_be_visible()
    page.clock.run_for(4_000)
    page.keyboard.press("u")
    beats.come(page, 3 * ["viewing"])
    beats.next(page)
    assert beats.inner == [None, f"{room}t1", None, None]


@pytest.mark.parametrize("more", [{"shows_readers": False}, {}])
def test_presence_14_it_names_nothing_where_the_mailbox_does_not_show_it(
    page: Page, site: Site, beats: Beats, room: str, more: dict[str, Any]
) -> None:
    beats.more = more
    visit(page, site)
    open_row(page, "number 1")
    beats.come(page, ["viewing"])
    for _ in range(3):
        beats.next(page)
    assert set(beats.inner) == {None}
    expect(page.get_by_text("Members see who reads this")).to_be_hidden()


def test_it_names_it_soon_after_the_mailbox_begins_to_show_it_and_stops_with_it(
    page: Page, site: Site, beats: Beats, room: str
) -> None:
    beats.more = {"shows_readers": False}
    visit(page, site)
    open_row(page, "number 1")
    beats.come(page, ["viewing"])
    beats.more = {"shows_readers": True}
    beats.next(page)
    expect(page.get_by_text("Members see who reads this")).to_be_visible()
    beats.next(page)
    beats.more = {"shows_readers": False}
    beats.next(page)
    expect(page.get_by_text("Members see who reads this")).to_be_hidden()
    beats.next(page)
    assert beats.inner == [None, None, f"{room}t1", f"{room}t1", None]


def test_presence_10_who_turns_quickly_asks_once_in_three_seconds(
    page: Page, site: Site, beats: Beats, room: str
) -> None:
    visit(page, site)
    beats.come(page, ["viewing"])
    stop_clock(page)
    for subject in ("number 1", "number 2", "number 1", "number 2"):
        open_row(page, subject)
    page.clock.run_for(2_900)
    beats.come(page, 2 * ["viewing"])
    beats.next(page)
    assert beats.inner == [None, f"{room}t1", f"{room}t2"]


def test_it_shows_who_reads_at_the_row_and_in_the_head_of_the_conversation(
    page: Page, site: Site, beats: Beats, room: str
) -> None:
    beats.people = [reading(BEN, f"{room}t1"), reading(PRIYA, f"{room}t1", state="idle")]
    visit(page, site)
    row = page.locator(".row", has_text="number 1")
    expect(row.locator(".row-readers .face")).to_have_text(["BO", "PN"])
    expect(row.locator(".face[data-state=idle]")).to_have_attribute("title", "Priya Nair")
    expect(row.get_by_role("link", name="Ben Okafor is reading this")).to_be_visible()
    open_row(page, "number 1")
    expect(page.locator("#readers")).to_contain_text("Ben Okafor is reading this")
    tell(site, beats.told(90_000, reading(PRIYA, f"{room}t1", f"{room}t2", state="idle")))
    expect(page.locator("#readers")).to_contain_text("Priya Nair has this open, away")
    expect(page.locator(".row-readers")).to_have_count(2)
    tell(site, beats.told(90_001, BEN))
    expect(page.locator(".row-readers")).to_have_count(0)
    expect(page.locator("#readers")).to_be_hidden()


def test_a_row_that_is_drawn_later_has_its_readers(
    page: Page, site: Site, account: GmailAccount, beats: Beats, room: str
) -> None:
    beats.people = [reading(BEN, f"{room}t3")]
    visit(page, site)
    expect(page.locator("#faces p")).to_have_text("Ben here")
    late = unsaved(account, 3, "INBOX", "UNREAD", subject="number 3")
    site.tell("message.added", late)
    expect(page.locator(".row", has_text="number 3").locator(".row-readers .face")).to_have_text(["BO"])
    late.set_labels(["INBOX", "STARRED"])
    site.tell("message.changed", late, added_label_ids=["STARRED"], removed_label_ids=["UNREAD"])
    expect(page.locator(".row.starred .row-readers .face")).to_have_text(["BO"])


def test_presence_16_a_readers_name_is_text_of_any_kind(page: Page, site: Site, beats: Beats, room: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    names = ["<img src=x onerror=alert(1)>", "ليلى حداد", "\u202eEvil Eve\u202c", "N" * 200]
    beats.people = [reading({"id": n, "name": name, "state": "viewing"}, f"{room}t1") for n, name in enumerate(names)]
    visit(page, site)
    expect(page.locator(".row-readers .face")).to_have_text(["<O", "لح"])
    open_row(page, "number 1")
    expect(page.locator("#readers")).to_contain_text(f"{', '.join(names[:2])}, Evil Eve, {names[3]} are reading this")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".thread-head").evaluate("(head) => head.scrollWidth <= head.clientWidth")
    assert page.locator("#readers img, .row img").count() == 0


def test_presence_17_nothing_is_said_aloud_of_what_others_read(page: Page, site: Site, beats: Beats, room: str) -> None:
    beats.people = [BEN]
    visit(page, site)
    expect(page.locator("#faces p")).to_have_text("Ben here")
    page.evaluate(NOTE_WHAT_IS_SAID)
    for number, inner in enumerate(("t1", "t2", "t1")):
        tell(site, beats.told(90_000 + number, reading(BEN, room + inner)))
        page.clock.run_for(4_000)
    expect(page.locator(".row-readers")).to_have_count(1)
    assert page.evaluate("said") == []


def test_the_readers_are_clean(page: Page, site: Site, beats: Beats, room: str, axe: str) -> None:
    beats.people = [reading(BEN, f"{room}t1"), reading(PRIYA, f"{room}t1", f"{room}t2", state="idle")]
    visit(page, site)
    open_row(page, "number 1")
    expect(page.locator("#readers")).to_be_visible()
    assert_clean(page, axe)
