"""Labels on the list: shown on rows, chosen by key in a dialog, sent as differences, taken back, and refused."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, MailboxLabels, Message
from tests.browser.acts import FOCUSED, Acts, open_acting, press, settle
from tests.browser.axe import assert_clean
from tests.browser.site import Site
from tests.support.inbox import connected, mail

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = {"Label_1": "Receipts", "Label_2": "Clients/Ash", "Label_3": "<i>Travel</i>"}
# An input method takes the key that ends a word of it.
COMPOSED = """() => document.getElementById("label-find").dispatchEvent(
  new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }))"""


@pytest.fixture
def mails(account: GmailAccount) -> list[Message]:
    """Three conversations, newest last: the newest is a receipt."""
    found = [{"id": id_, "name": name, "type": "user", "color": "#16a766"} for id_, name in NAMES.items()]
    MailboxLabels.objects.create(account=account, labels=found, listed_at=timezone.now())
    labels: dict[int, list[str]] = {1: [], 2: ["Label_1", "Label_3"], 3: ["Label_1"]}
    return [mail(account, number, "INBOX", *own, subject=f"number {number}") for number, own in labels.items()]


def test_rows_show_them_and_follow_the_log(page: Page, site: Site, acts: Acts, mails: list[Message]) -> None:
    open_acting(page, site)
    chips = page.locator("#rows .row").first.locator(".label-name")
    expect(chips).to_have_text(["Receipts"])
    expect(page.locator("#rows .row").nth(1).locator(".label-name")).to_have_text(["Receipts", "<i>Travel</i>"])
    mails[2].set_labels(["INBOX", "Label_2"])
    site.tell("message.changed", mails[2], added_label_ids=["Label_2"], removed_label_ids=["Label_1"])
    expect(chips).to_have_text(["Clients/Ash"])


def test_a_key_opens_them_and_what_is_chosen_is_done_and_taken_back(
    page: Page, site: Site, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    press(page, "j", "x", "j", "j", "x", "l")
    expect(page.get_by_role("dialog", name="Labels")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Find a label")).to_be_focused()
    expect(page.locator("#label-of")).to_have_text("2 conversations")
    receipts, clients = page.get_by_label("Receipts"), page.get_by_label("Clients/Ash")
    assert receipts.evaluate("box => [box.checked, box.indeterminate]") == [False, True]
    clients.check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#rows .row").first.locator(".label-name")).to_have_text(["Receipts", "Clients/Ash"])
    expect(page.locator(".undo")).to_contain_text("2 conversations: Clients/Ash added")
    body = acts.body(0)
    assert (body["add"], body["remove"]) == (["Label_2"], [])
    assert [thread["id"] for thread in body["threads"]] == ["t3", "t1"]
    page.keyboard.press("z")
    expect(page.locator("#rows .row").first.locator(".label-name")).to_have_text(["Receipts"])


def test_it_is_found_and_taken_by_enter(page: Page, site: Site, acts: Acts, mails: list[Message]) -> None:
    open_acting(page, site)
    press(page, "j", "l")
    page.keyboard.type("ash")
    expect(page.locator("#label-list li:visible")).to_have_text(["Clients/Ash"])
    page.evaluate(COMPOSED)
    expect(page.get_by_label("Clients/Ash")).not_to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#rows .row").first.locator(".label-name")).to_have_text(["Receipts", "Clients/Ash"])
    assert page.evaluate(FOCUSED) == "number 3"


def test_some_are_added_and_others_taken_off_at_once(page: Page, site: Site, acts: Acts, mails: list[Message]) -> None:
    open_acting(page, site)
    press(page, "j", "j", "l")
    page.get_by_label("Receipts").uncheck()
    page.get_by_label("Clients/Ash").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".undo")).to_contain_text("“number 2”: Clients/Ash added, Receipts removed")
    body = acts.body(0)
    assert (body["add"], body["remove"]) == (["Label_2"], ["Label_1"])


@pytest.mark.parametrize("way", ["Escape", "Cancel", "Close", "Apply"])
def test_nothing_chosen_does_nothing(page: Page, site: Site, acts: Acts, mails: list[Message], way: str) -> None:
    open_acting(page, site)
    press(page, "j", "l")
    if way == "Escape":
        page.get_by_label("Clients/Ash").check()
        page.keyboard.press("Escape")
    else:
        page.get_by_role("dialog").get_by_role("button", name=way).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert acts.posted == []
    assert page.evaluate(FOCUSED) == "number 3"


def test_a_refusal_gives_them_back_with_the_reason(
    page: Page, site: Site, account: GmailAccount, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    press(page, "j", "l")
    page.get_by_label("Clients/Ash").check()
    page.keyboard.press("Enter")
    settle(site, account, acts.body(0)["op"], "refused", reason="label")
    expect(page.get_by_role("alert")).to_contain_text("“number 3” keeps its labels. Gmail does not allow that")
    expect(page.locator("#rows .row").first.locator(".label-name")).to_have_text(["Receipts"])
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#rows .row").first.locator(".label-name")).to_have_text(["Receipts", "Clients/Ash"])
    assert acts.body(1)["add"] == ["Label_2"]


def test_conversations_of_two_mailboxes_have_none_together(
    page: Page, site: Site, acts: Acts, mails: list[Message]
) -> None:
    mail(connected(site.user, "team@example.com"), 9, "INBOX", subject="number 9")
    open_acting(page, site)
    press(page, "j", "x", "j", "x", "l")
    expect(page.locator(".undo")).to_contain_text("Labels belong to one mailbox")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_new_label_comes_by_the_log(
    page: Page, site: Site, account: GmailAccount, acts: Acts, mails: list[Message]
) -> None:
    open_acting(page, site)
    known = [{"id": id_, "name": name, "type": "user"} for id_, name in {**NAMES, "Label_9": "Office"}.items()]
    site.server.pages[f"/labels/{account.pk}/"] = json.dumps({"account_id": account.pk, "labels": known}).encode()
    site.server.append("mailbox.labels", {"account_id": account.pk, "labels": known})
    press(page, "j", "l")
    expect(page.get_by_label("Office")).to_be_visible()
    expect(page.locator("#views a[data-view=Label_9] .label-name")).to_have_text("Office")


def test_the_dialog_is_clean(page: Page, site: Site, acts: Acts, mails: list[Message], axe: str) -> None:
    open_acting(page, site)
    press(page, "j", "l")
    assert_clean(page, axe)
    page.keyboard.type("nothing has this")
    expect(page.locator("#label-told")).to_have_text("No label has “nothing has this” in its name.")
    assert_clean(page, axe)
