"""A conversation that is read whole, with a reply in it that only Gmail has: acts are about what is mirrored."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live.in_place import Mailbox, acting
from tests.support.live import Stack
from tests.support.waiting import eventually

EMAIL = "replied@gmail.example"
ACTABLE = """async (kept) => {
  const { actable, conversation } = await import("/static/gmail_sync/conversations.js");
  const message = (is, number) => ({ account_id: 1, id: `m${number}`, thread_id: "t", internal_date: number, rank: 0,
    label_ids: [], ...(is !== null && { kept: is }) });
  return actable(conversation(kept.map(message)))?.messages.map(({ id }) => id) ?? [];
}"""


@pytest.fixture(scope="module")
def asked(stack: Stack) -> str:
    """An unread mail that was answered before the mailbox was connected."""
    stack.simulator.create_mailbox(EMAIL)
    (asked,) = stack.simulator.deliver(EMAIL, subject="lease", label_ids=["INBOX", "UNREAD"])
    stack.simulator.deliver(EMAIL, subject="Re: lease", label_ids=["SENT"], thread_id=asked)
    return str(asked)


@pytest.fixture(scope="module")
def mailbox(stack: Stack, asked: str) -> Mailbox:
    return acting(stack, "replied")


def test_it_acts_on_a_conversation_whose_newest_message_only_gmail_has(
    page: Page, mailbox: Mailbox, asked: str
) -> None:
    page.goto(f"{mailbox.address(asked)}?whole=1")
    expect(page.locator("[data-connection=live]")).to_be_visible()
    expect(page.locator(".message")).to_have_count(2)
    eventually(lambda: "UNREAD" not in mailbox.labels(asked))
    page.keyboard.press("s")
    eventually(lambda: "STARRED" in mailbox.labels(asked))
    page.keyboard.press("Shift+U")
    eventually(lambda: "UNREAD" in mailbox.labels(asked))
    page.keyboard.press("e")
    eventually(lambda: "INBOX" not in mailbox.labels(asked))
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    ("kept", "ids"), [([None, None], ["m1", "m0"]), ([True, False], ["m0"]), ([False], []), ([], [])]
)
def test_an_act_leaves_out_what_a_search_could_not_keep(tab: Page, kept: list[bool | None], ids: list[str]) -> None:
    assert tab.evaluate(ACTABLE, kept) == ids
