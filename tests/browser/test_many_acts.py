"""Acts on thousands of conversations at once: the page is drawn once, and each costs what it does in few."""

import pytest
from playwright.sync_api import Page

FEW, MANY = 2_000, 8_000
ACT = """async ([count]) => {
  const load = (name) => import(`/static/gmail_sync/${name}.js`);
  const loaded = await Promise.all(["acts", "overlay", "listing", "view"].map(load));
  const [{ Acts }, { Overlay }, { Listing }, { View }] = loaded;
  const [listing, overlay, drawn] = [new Listing(null), new Overlay(), []];
  const view = new View(listing, overlay);
  const messages = Array.from({ length: count }, (_, number) => ({
    account_id: 1, id: `m${number}`, thread_id: `t${number}`, internal_date: count - number,
    label_ids: ["INBOX"], subject: "",
  }));
  listing.load({ messages, older: null, unread: 0, head: "" });
  const redraw = (threads) => {
    drawn.push([...threads].length);
    for (const key of threads) view.conversation(key);
  };
  const acts = new Acts({ overlay, redraw, post: () => new Promise(() => {}), refused: () => {} });
  const seen = view.all();
  let looks = 0;
  for (const name of ["find", "includes", "indexOf"]) {
    const usual = Array.prototype[name];
    Array.prototype[name] = function (...words) { looks += this.length; return usual.apply(this, words); };
  }
  const [, left, , back] = [acts.act("archive", seen), view.all().length, acts.undo(), view.all().length];
  return { drawn, left, back, looks };
}"""


def test_mail_page_18_acting_on_thousands_costs_each_of_them_no_more(tab: Page) -> None:
    few, many = tab.evaluate(ACT, [FEW]), tab.evaluate(ACT, [MANY])
    assert many["looks"] / MANY < 2 * few["looks"] / FEW


@pytest.mark.parametrize("count", [1, FEW])
def test_it_draws_what_is_done_with_many_once(tab: Page, count: int) -> None:
    done = tab.evaluate(ACT, [count])
    assert (done["drawn"], done["left"], done["back"]) == ([count, count], 0, count)
