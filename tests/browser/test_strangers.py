"""The text of strangers as it is drawn, by the server and by the script alike."""

import pytest
from playwright.sync_api import Page, expect

from gmail_sync.models import GmailAccount, Message
from gmail_sync.pages.plain import plain
from tests.browser.site import Site, unsaved, visit
from tests.support.inbox import mail

pytestmark = pytest.mark.django_db(transaction=True)


ODD = ["", " \u00a0", "\u202e\u2066", "\u200b\ufeff", "\u3164", "\u202eexe.gpj\u202c", "\u200fשלום\u200e", "👩‍👩‍👧"]
SHOWN = [""] * 5 + ["exe.gpj", "\u200fשלום\u200e", "👩‍👩‍👧"]


def test_it_shows_what_strangers_wrote_without_what_turns_other_text(
    page: Page, site: Site, account: GmailAccount
) -> None:
    assert [plain(text) for text in ODD] == SHOWN
    for number, text in enumerate(ODD):
        mail(account, number, subject=text, snippet=text, sender=text)
    site.render()
    drawn = "() => ['sender', 'subject', 'snippet'].map(part => [...document.querySelectorAll(`.row-${part}`)].map("
    drawn += "element => element.textContent))"
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/")
    by_server = page.evaluate(drawn)
    assert by_server[0] == [shown or "(no sender)" for shown in reversed(SHOWN)]
    assert by_server[1] == [shown or "(no subject)" for shown in reversed(SHOWN)]
    assert by_server[2] == list(reversed(SHOWN))
    page.unroute("**/*.js")
    visit(page, site)
    assert page.evaluate(drawn) == by_server


def test_it_names_a_sender_by_the_first_text_that_shows_anything(page: Page, site: Site, account: GmailAccount) -> None:
    names = ["\u200b", "\u3164", ""]
    addresses = ["ann@x", "\u200b", ""]
    headers = ["\u200b <ann@x>", "the header", " "]
    senders = list(zip(names, addresses, headers, strict=True))
    for number, (name, address, header) in enumerate(senders):
        mail(account, number, sender_name=name, sender_address=address, sender=header)
    visit(page, site)
    expected = ["(no sender)", "the header", "ann@x"]
    expect(page.locator(".row-sender")).to_have_text(expected)
    for number, (name, address, header) in enumerate(senders, start=3):
        site.tell("message.added", unsaved(account, number, sender_name=name, sender_address=address, sender=header))
    expect(page.locator(".row-sender")).to_have_text(expected * 2)


def test_it_names_several_senders_by_a_word_of_each(page: Page, site: Site, account: GmailAccount) -> None:
    names = ["Ann Lee", "Doe, Jane", "", "\u200b Ben", ",", "🎉 Shop"]
    for number, name in enumerate(names):
        mail(account, number, sender_name=name, sender_address="", sender="")
    Message.objects.update(thread_id="t")
    shown = "Ann, Doe, (no sender), Ben, ,, 🎉"
    page.route("**/*.js", lambda route: route.abort())
    site.render()
    page.goto("/")
    assert page.locator(".row-sender").text_content() == shown
    page.unroute("**/*.js")
    visit(page, site)
    arrived = unsaved(account, 9, sender_name="Zoe")
    arrived.thread_id = "t"
    site.tell("message.added", arrived)
    expect(page.locator(".row-sender")).to_have_text(f"{shown}, Zoe")


def test_a_snippet_from_right_to_left_begins_at_its_beginning(page: Page, site: Site, account: GmailAccount) -> None:
    mail(account, 1, subject="שלום", snippet="ראשון " + "מילה " * 200)
    visit(page, site)
    first_word_ends = """() => {
      const { firstChild: text } = document.querySelector(".row-snippet");
      const range = document.createRange();
      range.setStart(text, 0);
      range.setEnd(text, 5);
      const [word, box] = [range.getBoundingClientRect(), text.parentElement.getBoundingClientRect()];
      return word.left >= box.left && word.right <= box.right + 1;
    }"""
    assert page.evaluate(first_word_ends)
    page.set_viewport_size({"width": 390, "height": 740})
    assert page.evaluate(first_word_ends)
