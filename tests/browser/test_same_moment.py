"""Mail of one millisecond: the list keeps the server's order and every row, however often it is read again."""

import pytest
from playwright.sync_api import Page

from tests.browser.site import Site, visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

# Reads a list again and again; then each of its mails leaves it and comes back. Returns what is shown after each.
READ_AGAIN = """async (reads) => {
  const { Listing } = await import("/static/gmail_sync/listing.js");
  const { Overlay } = await import("/static/gmail_sync/overlay.js");
  const { Rows } = await import("/static/gmail_sync/rows.js");
  const { View } = await import("/static/gmail_sync/view.js");
  const container = document.createElement("div");
  document.body.append(container);
  const rows = new Rows(container, document.getElementById("blank-row"), new Map());
  const listing = new Listing(null);
  const view = new View(listing, new Overlay());
  const shown = () => [...container.querySelectorAll(".row")].map((row) => row.dataset.thread);
  const read = (ids) => {
    const mail = (id) => ({ account_id: 1, id, thread_id: id, internal_date: 500, label_ids: ["INBOX"] });
    listing.load({ messages: ids.map(mail), older: null, unread: 0, head: "e-1" });
    rows.replace(view.all());
    return shown();
  };
  const leave = ({ key }) => {
    rows.hide(key);
    rows.show(view.conversation(key));
    return shown();
  };
  return [reads.map(read), view.all().reverse().map(leave)];
}"""


@pytest.mark.parametrize(
    "reads", [["abc", "ac", "abc"], ["abcdefghijkl", "bcdefghijkl", "abcdefghijkl", "efgh", "abcdefghijkl"]]
)
def test_it_keeps_each_row_in_the_servers_order(page: Page, site: Site, reads: list[str]) -> None:
    visit(page, site)
    read, left = page.evaluate(READ_AGAIN, [list(ids) for ids in reads])
    assert ["".join(ids) for ids in read] == reads
    assert {"".join(ids) for ids in left} == {reads[-1]}
