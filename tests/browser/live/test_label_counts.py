"""The rail tells how much mail of a label is unread: events move the number, and Gmail's own settles it."""

from playwright.sync_api import Page, expect

from tests.browser.live.in_place import Mailbox, live


def deliver(mailbox: Mailbox, *labels: str) -> str:
    (gmail_id,) = mailbox.stack.simulator.deliver(mailbox.email, label_ids=[*labels, "UNREAD"])
    return str(gmail_id)


def test_events_move_it_and_gmail_settles_it(page: Page, mailbox: Mailbox) -> None:
    simulator, email = mailbox.stack.simulator, mailbox.email
    archived = [deliver(mailbox, "Label_1") for _ in range(3)]
    page.set_viewport_size({"width": 1600, "height": 900})
    live(page, "/")
    number = page.locator("[data-view=Label_1] .rail-count")
    expect(number).to_have_text("3 unread")
    expect(page.locator("[data-view=Label_2] .rail-count")).to_be_hidden()
    new = deliver(mailbox, "Label_1", "INBOX")
    expect(number).to_have_text("4 unread")
    simulator.change(email, new, "modify", remove=["UNREAD"])
    expect(number).to_have_text("3 unread")
    simulator.change(email, archived[0], "delete")
    simulator.change(email, new, "delete")
    expect(page.locator("#rows .row")).to_have_count(0)
    expect(number).to_have_text("2 unread")


def test_it_asks_for_labels_on_the_screen_alone(page: Page, mailbox: Mailbox) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/unread/" in request.url else None)
    live(page, "/")
    with page.expect_response("**/unread/*"):
        page.evaluate("document.getElementById('views').showPopover()")
    assert len(asked) == 1
