"""The page says that it is looked at, shows who else looks, and is quiet where nobody else can (docs/presence.md)."""

import random
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Page, Route, expect

from gmail_sync.models import GmailAccount
from tests.browser.site import Site, visit
from tests.browser.test_axe import assert_clean, axe  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

BEN = {"id": 3, "name": "Ben Okafor", "state": "viewing"}
PRIYA = {"id": 5, "name": "Priya Nair", "state": "idle"}
TURN = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
NOTE_WHAT_IS_SAID = """() => {
  const region = document.getElementById("announcement");
  window.said = [];
  new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
}"""


NOTE_WHO_IS_SHOWN = """() => {
  const words = document.querySelector("#faces p");
  window.shown = [];
  new MutationObserver(() => shown.push(words.textContent)).observe(words, { childList: true });
}"""


class Beats:
    """Answers the page's beats as the server would, and keeps what the page said."""

    def __init__(self, context: BrowserContext, account: GmailAccount) -> None:
        self.said: list[dict[str, str]] = []
        self.people: list[dict[str, Any]] = []
        self.status, self.at, self.room = 200, 1_000, f"mailbox.{account.pk}"
        context.route("**/presence/", self._answer)

    def _answer(self, route: Route) -> None:
        self.said.append(route.request.post_data_json or {})
        self.at += 1_000
        if self.status == 200:
            route.fulfill(json={**self.told(self.at, *self.people), "again_in": 10})
        else:
            route.fulfill(status=self.status)

    def told(self, at: int, *people: dict[str, Any]) -> dict[str, Any]:
        return {"room": self.room, "at": at, "people": list(people)}

    @property
    def states(self) -> list[str]:
        return [words["state"] for words in self.said]

    def come(self, page: Page, states: list[str]) -> None:
        """Wait until exactly these states were told."""
        for _ in range(200):
            if self.states == states:
                return
            page.wait_for_timeout(50)
        raise AssertionError(self.states)


@pytest.fixture
def shared(account: GmailAccount) -> GmailAccount:
    account.users.add(User.objects.create_user("ben"))
    return account


@pytest.fixture
def beats(context: BrowserContext, shared: GmailAccount) -> Beats:
    return Beats(context, shared)


def tell(site: Site, payload: dict[str, Any]) -> None:
    site.server.say("presence", len(site.server.log), payload)


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


def test_it_shows_who_is_there_and_beats_each_ten_seconds(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    beats.people = [BEN, PRIYA]
    visit(page, site)
    expect(page.locator("#faces p")).to_have_text("Ben, Priya here")
    expect(page.get_by_role("list", name="Here now").get_by_role("listitem")).to_have_text(
        ["BOBen Okafor", "PNPriya Nair, away"]
    )
    beats.people = []
    page.clock.run_for(10_000)
    beats.come(page, ["viewing", "viewing"])
    expect(page.locator("#faces")).to_be_hidden()
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
    for at in range(10_000, 10_100):
        tell(site, beats.told(at, BEN, PRIYA))
        if tab.locator("#faces p").text_content() == "Ben, Priya here":
            break
        tab.wait_for_timeout(100)
    expect(tab.locator("#faces p")).to_have_text("Ben, Priya here")


def test_presence_12_a_hidden_page_leaves_and_is_back_at_once(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    visit(page, site)
    beats.come(page, ["viewing"])
    page.clock.run_for(4_000)
    page.evaluate(TURN, "hidden")
    beats.come(page, ["viewing", "left"])
    page.clock.run_for(60_000)
    assert beats.states == ["viewing", "left"]
    page.evaluate(TURN, "visible")
    beats.come(page, ["viewing", "left", "viewing"])


def test_presence_12_a_page_that_slept_says_so_when_it_wakes(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    visit(page, site)
    beats.come(page, ["viewing"])
    page.clock.fast_forward(3_600_000)  # the lid was shut
    beats.come(page, ["viewing", "idle"])
    page.clock.run_for(3_000)
    page.keyboard.press("Shift")
    beats.come(page, ["viewing", "idle", "viewing"])
    page.clock.run_for(3_500)
    page.evaluate("document.dispatchEvent(new Event('resume'))")
    beats.come(page, ["viewing", "idle", "viewing", "viewing"])


def test_presence_12_a_page_that_goes_says_so(page: Page, site: Site, beats: Beats) -> None:
    visit(page, site)
    beats.come(page, ["viewing"])
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    beats.come(page, ["viewing", "left"])


def test_it_waits_as_long_as_it_is_told(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    beats.status = 429
    visit(page, site)
    beats.come(page, ["viewing"])
    beats.status, beats.people = 200, [BEN]
    page.clock.run_for(3_000)
    beats.come(page, ["viewing", "viewing"])
    expect(page.locator("#faces p")).to_have_text("Ben here")


@pytest.mark.parametrize("status", [204, 401, 404])
def test_presence_09_a_no_takes_the_faces_away(page: Page, site: Site, beats: Beats, status: int) -> None:
    page.clock.install()
    beats.people = [BEN]
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    beats.status = status
    page.clock.run_for(10_000)
    expect(page.locator("#faces")).to_be_hidden()
    page.clock.run_for(50_000)
    assert len(beats.said) == 2


def test_it_shows_no_list_that_nothing_confirms(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    beats.people = [BEN]
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    beats.status = 503
    for count in (2, 3, 4, 5):
        page.clock.run_for(10_000)
        beats.come(page, count * ["viewing"])
    expect(page.locator("#faces")).to_be_hidden()


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
    beats.people = [BEN]
    visit(page, site)
    expect(page.locator("#faces p")).to_have_text("Ben here")
    page.evaluate(NOTE_WHAT_IS_SAID)
    tell(site, beats.told(90_000, BEN, PRIYA))
    expect(page.locator("#faces p")).to_have_text("Ben, Priya here")
    for _ in range(3):
        page.clock.run_for(10_000)
    tell(site, beats.told(91_000, BEN))
    tell(site, beats.told(91_001, BEN, PRIYA))
    tell(site, beats.told(91_002, PRIYA))
    expect(page.locator("#faces p")).to_have_text("Priya here")
    page.clock.run_for(10_000)
    assert page.evaluate("said") == ["Priya Nair is here now", "Ben Okafor is no longer here"]
    assert page.locator("#announcement").get_attribute("role") == "status"


def test_the_faces_are_clean(page: Page, site: Site, beats: Beats, axe: str) -> None:  # noqa: F811
    beats.people = [{**BEN, "id": number, "state": ["viewing", "idle"][number % 2]} for number in range(1, 8)]
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    assert_clean(page, axe)
