"""The page says that it is looked at, shows who else looks, and is quiet where nobody else can (docs/events.md)."""

import random

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gmail_sync.models import GmailAccount
from tests.browser.axe import assert_clean
from tests.browser.beats import BEN, NOTE_WHAT_IS_SAID, NOTE_WHO_IS_SHOWN, PRIYA, Beats, tell
from tests.browser.site import Site, stop_clock, visit

pytestmark = pytest.mark.django_db(transaction=True)


def test_presence_11_a_mailbox_of_ones_own_asks_nothing(
    context: BrowserContext, page: Page, site: Site, account: GmailAccount
) -> None:
    beats = Beats(context, account)
    page.clock.install()
    visit(page, site)
    status = {"account_id": account.pk, "email": account.email, "state": "connected", "shared": False}
    site.server.append("account.status", status)
    page.clock.run_for(60_000)
    assert beats.said == []
    site.server.append("account.status", {**status, "shared": True})
    beats.come(page, ["viewing"])


def test_it_shows_who_is_there_and_beats_again(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    beats.people = [BEN, PRIYA]
    visit(page, site)
    expect(page.locator("#faces p")).to_have_text("Ben, Priya here")
    expect(page.get_by_role("list", name="Here now").get_by_role("listitem")).to_have_text(
        ["BOBen Okafor", "PNPriya Nair, away"]
    )
    beats.people = []
    beats.next(page)
    expect(page.locator("#faces")).to_be_hidden()
    assert beats.states == ["viewing", "viewing"]
    assert len({words["client"] for words in beats.said}) == 1
    assert beats.said[0]["room"] == beats.room


def test_presence_06_an_older_list_changes_nothing(page: Page, site: Site, beats: Beats) -> None:
    visit(page, site)
    beats.come(page, ["viewing"])
    tell(site, beats.told(9_000, BEN))
    expect(page.locator("#faces p")).to_have_text("Ben here")
    tell(site, beats.told(8_000))
    tell(site, {**beats.told(9_500), "room": "mailbox.999"})
    tell(site, beats.told(9_000, BEN))
    tell(site, beats.told(9_001, BEN, PRIYA))
    expect(page.locator("#faces p")).to_have_text("Ben, Priya here")


@pytest.mark.chaos
def test_presence_06_lost_doubled_and_swapped_frames_never_show_an_older_list(
    page: Page, site: Site, beats: Beats
) -> None:
    page.clock.install()
    visit(page, site)
    page.evaluate(NOTE_WHO_IS_SHOWN)
    chance, waiting = random.Random(6), list[int]()
    for version in range(1, 301):
        waiting += [] if chance.random() < 0.2 else [version] * chance.choice([1, 1, 2])
        chance.shuffle(waiting)
        while waiting and chance.random() < 0.6:
            number = waiting.pop()
            tell(site, beats.told(1_000_000 + number, {"id": number, "name": str(number), "state": "viewing"}))
    beats.at, beats.people = 2_000_000, [BEN]
    page.clock.run_for(10_000)
    expect(page.locator("#faces p")).to_have_text("Ben here")
    shown = [int(words.split()[0]) for words in page.evaluate("shown") if not words.startswith("Ben")]
    assert shown == sorted(set(shown))
    assert len(shown) > 20


def test_presence_04_the_tabs_hear_of_it_also_when_their_leader_closes(
    context: BrowserContext, page: Page, site: Site, beats: Beats
) -> None:
    visit(page, site)
    tab = context.new_page()
    visit(tab, site)
    tell(site, beats.told(9_000, BEN))
    for each in (page, tab):
        expect(each.locator("#faces p")).to_have_text("Ben here")
    page.close()
    expect(tab.locator("[data-connection=live]")).to_be_visible()
    site.server.append("mailbox.counts", {"account_id": 1, "label_id": "SENT"})  # the tab reads the stream by now
    for at in range(10_000, 10_600):
        tell(site, beats.told(at, BEN, PRIYA))
        if tab.locator("#faces p").text_content() == "Ben, Priya here":
            break
        tab.wait_for_timeout(100)
    expect(tab.locator("#faces p")).to_have_text("Ben, Priya here")


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("<img src=x onerror=alert(1)> <b>", "<<"),
        ("ليلى حداد", "لح"),
        ("\u202eEvil Eve\u202c", "EE"),
        ("N" * 200, "N"),
        ("👩‍👩‍👧‍👦", "👩"),
    ],
)
def test_presence_16_a_name_is_text_of_any_kind(page: Page, site: Site, beats: Beats, name: str, initials: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    beats.people = [{"id": 3, "name": name, "state": "viewing"}]
    visit(page, site)
    expect(page.locator("#faces li .face")).to_have_text(initials)
    expect(page.locator("#faces li bdi")).to_have_text(name.strip("\u202e\u202c"))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("#faces img").count() == 0


def test_presence_17_a_change_is_said_once_and_politely(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    site.server.heartbeat = 600  # the clock is put forward, and no line is dead for that
    beats.people = [BEN]
    visit(page, site)
    expect(page.locator("#faces p")).to_have_text("Ben here")
    page.evaluate(NOTE_WHAT_IS_SAID)
    tell(site, beats.told(90_000, BEN, PRIYA))
    expect(page.locator("#faces p")).to_have_text("Ben, Priya here")
    for _ in range(3):
        page.clock.run_for(10_000)
    stop_clock(page)
    tell(site, beats.told(91_000, BEN))
    tell(site, beats.told(91_001, BEN, PRIYA))
    tell(site, beats.told(91_002, PRIYA))
    expect(page.locator("#faces p")).to_have_text("Priya here")
    page.clock.run_for(10_000)
    assert page.evaluate("said") == ["Priya Nair is here now", "Ben Okafor is no longer here"]
    assert page.locator("#announcement").get_attribute("role") == "status"


def test_the_faces_are_clean(page: Page, site: Site, beats: Beats, axe: str) -> None:
    beats.people = [{**BEN, "id": number, "state": ["viewing", "idle"][number % 2]} for number in range(1, 8)]
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    assert_clean(page, axe)
