"""The real page with mail of senders who mean harm: it renders, and as soon as with anybody's mail."""

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.gmail.metadata import parse_headers
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync import mirror
from tests.browser.site import Site, visit
from tests.support.google.hostile import HEADERS
from tests.support.inbox import connected

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 100_000
# What the script spends on drawing the list again, as a change of the list makes it: the best of five, in milliseconds.
DRAW = """async (text) => {
  const { Rows } = await import("/static/gmail_sync/rows.js");
  const { conversations } = await import("/static/gmail_sync/conversations.js");
  const { messages } = JSON.parse(text);
  const list = document.createElement("div");
  document.body.append(list);
  const times = [1, 2, 3, 4, 5].map(() => {
    const rows = new Rows(list, document.getElementById("blank-row"), new Map());
    const begun = performance.now();
    rows.replace(conversations(messages));
    list.getBoundingClientRect();
    const spent = performance.now() - begun;
    rows.replace([]);
    return spent;
  });
  list.remove();
  return Math.min(...times);
}"""


def receive(account: GmailAccount, number: int, sender: str, text: str) -> Message:
    """A mail as Gmail hands it over, with that text in all that its sender chooses."""
    headers = [{"name": "From", "value": sender}, {"name": "To", "value": text}, {"name": "Subject", "value": text}]
    raw = {"id": f"m{number}", "labelIds": ["INBOX"], "internalDate": str(number), "snippet": text}
    return mirror.insert(account, parse_headers({**raw, "payload": {"headers": headers}}))


def test_it_shows_every_mailbox_that_a_hostile_sender_wrote_to(page: Page, site: Site) -> None:
    account = connected(site.user)
    for number, header in enumerate(HEADERS.values()):
        receive(account, number, f"{header(SIZE)} <h{number}@x>", header(SIZE))
    visit(page, site)
    expect(page.locator("#rows .row")).to_have_count(min(len(HEADERS), 50))
    senders = page.locator("#rows .row-sender").all_text_contents()
    assert all(senders)
    listed = site.client.get("/messages/").json()["messages"]
    assert [message["from_name"] or message["from_address"] for message in listed] == senders


def test_it_draws_hostile_mail_as_soon_as_any_other(page: Page, site: Site) -> None:
    account = connected(site.user)
    visit(page, site)
    kinds = list(HEADERS.values())
    for number in range(50):
        receive(account, number, f"{kinds[number % len(kinds)](SIZE)} <h@x>", kinds[number % len(kinds)](SIZE))
    hostile = page.evaluate(DRAW, site.client.get("/messages/").content.decode())
    Message.objects.all().delete()
    for number in range(50):  # as long as they may be
        receive(account, number, f"{'Name ' * 60} <a@x>", "word " * 300)
    usual = page.evaluate(DRAW, site.client.get("/messages/").content.decode())
    assert hostile < 10 * usual + 50


def test_it_shows_the_same_name_on_the_page_and_by_the_event(page: Page, site: Site) -> None:
    account = connected(site.user)
    receive(account, 1, "=?utf-8?Q?Doe=2C_John?= <john@x>", "")
    visit(page, site)
    arrived = receive(account, 2, "Support: team@x;", "")
    site.tell("message.added", arrived)
    expect(page.locator("#rows .row-sender")).to_have_text(["Support", "Doe, John"])


def test_it_shows_the_whole_text_of_mail_from_before_names_were_kept(page: Page, site: Site) -> None:
    account = connected(site.user)
    receive(account, 1, "ann@x", "")
    Message.objects.update(sender='"Ann" <ann@x>', sender_name="", sender_address="")
    visit(page, site)
    expect(page.locator("#rows .row-sender")).to_have_text(['"Ann" <ann@x>'])
    logged = Message.objects.get()
    logged.gmail_id, logged.internal_date = "m2", 2
    message = {key: value for key, value in logged.as_json().items() if not key.startswith("from_")}
    site.server.append("message.added", {"account_id": account.pk, "message": message})
    expect(page.locator("#rows .row-sender")).to_have_text(['"Ann" <ann@x>', '"Ann" <ann@x>'])
