"""The page beats while it is looked at, whatever happens to it, and hears a no (room.js)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.beats import BEN, TURN, Beats
from tests.browser.site import Site, visit

pytestmark = pytest.mark.django_db(transaction=True)


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
    beats.status, beats.headers = 429, {"Retry-After": "60"}
    visit(page, site)
    beats.come(page, ["viewing"])
    beats.status, beats.people = 200, [BEN]
    page.clock.run_for(30_000)
    assert beats.states == ["viewing"]
    beats.next(page)
    expect(page.locator("#faces p")).to_have_text("Ben here")


@pytest.mark.parametrize("status", [204, 401, 404])
def test_presence_09_a_no_takes_the_faces_away(page: Page, site: Site, beats: Beats, status: int) -> None:
    page.clock.install()
    beats.people = [BEN]
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    beats.status = status
    beats.next(page)
    expect(page.locator("#faces")).to_be_hidden()
    page.clock.run_for(30_000)
    assert len(beats.said) == 2


def test_it_shows_no_list_that_nothing_confirms(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    beats.people, beats.more = [BEN], {"again_in": 10}
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    beats.status = 503
    for _ in range(4):
        beats.next(page)
    expect(page.locator("#faces")).to_be_hidden()


LIMIT_BY_THE_PAGES_CLOCK = """AbortSignal.timeout = (ms) => {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), ms);
  return limit.signal;
}"""


def test_it_shows_no_list_while_a_beat_hangs(page: Page, site: Site, beats: Beats) -> None:
    page.clock.install()
    page.add_init_script(LIMIT_BY_THE_PAGES_CLOCK)
    beats.people, beats.more = [BEN], {"again_in": 10}
    visit(page, site)
    expect(page.locator("#faces")).to_be_visible()
    beats.hangs = True
    beats.next(page)
    page.clock.run_for(20_000)
    expect(page.locator("#faces")).to_be_hidden()
    beats.hangs = False
    beats.next(page)
    expect(page.locator("#faces")).to_be_visible()
