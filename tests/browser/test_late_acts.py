"""Acts that the server does not answer for: they are sent again, and given up after ten minutes of waiting."""

import pytest
from playwright.sync_api import Page

MINUTE_MS, NIGHT_MS = 60_000, 36_000_000
ACT = """async ([failing]) => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const [{ Acts }, { Overlay }] = await Promise.all(["acts", "overlay"].map(load));
  window.told = [];
  window.posts = 0;
  const post = async () => {
    window.posts += 1;
    if (window.posts <= failing) throw new TypeError("Failed to fetch");
    return { status: 202 };
  };
  const message = { account_id: 1, id: "m1", thread_id: "t1", internal_date: 1, label_ids: ["INBOX"], subject: "" };
  const refused = (op, reason) => told.push(reason);
  window.acts = new Acts({ post, overlay: new Overlay(), redraw: () => {}, refused });
  acts.act("archive", [{ key: "1:t1", account_id: 1, newest: message, messages: [message] }]);
}"""


@pytest.fixture
def sleeper(tab: Page) -> Page:
    """A page whose clock the test puts forward: each timer that is due by then fires once."""
    tab.clock.install()
    tab.clock.pause_at(tab.evaluate("Date.now()") / 1_000 + 1)
    return tab


def test_it_sends_an_act_again_after_a_night_in_which_the_laptop_slept(sleeper: Page) -> None:
    sleeper.evaluate(ACT, [1])
    sleeper.wait_for_function("() => posts === 1", polling=50)
    sleeper.clock.fast_forward(NIGHT_MS)
    sleeper.wait_for_function("() => posts === 2 || told.length", polling=50)
    assert sleeper.evaluate("[told, acts.unsent]") == [[], False]


def test_it_gives_up_when_it_has_waited_for_ten_minutes(sleeper: Page) -> None:
    sleeper.evaluate(ACT, [10**9])
    for minute in range(12):
        assert sleeper.evaluate("told") == [] or minute >= 10
        sleeper.clock.run_for(MINUTE_MS)
    assert sleeper.evaluate("[told, acts.unsent]") == [["unreachable"], False]
