"""A mailbox of a real stack that may be acted on, and its conversations as one opens them in place."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.flows.test_acting import allow
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import in_gmail
from tests.support.waiting import eventually

PAST_A_SECOND_MS = 2_500
FOCUSED = "document.activeElement.id || document.activeElement.className"


@dataclass
class Mailbox:
    """One user's mailbox, each with a name of its own."""

    stack: Stack
    user: SignedIn
    email: str
    account_id: int

    def receive(self, *subjects: str) -> list[str]:
        """Let unread mails arrive; returns their ids, which are their conversations', once all are mirrored."""
        ids = [self._deliver(subject) for subject in subjects]
        eventually(lambda: all(one in self.user.get("/messages/").text for one in ids), 90)
        return ids

    def _deliver(self, subject: str) -> str:
        (gmail_id,) = self.stack.simulator.deliver(self.email, subject=subject, label_ids=["INBOX", "UNREAD"])
        return gmail_id

    def address(self, thread: str) -> str:
        return f"/conversations/{self.account_id}/{thread}/"

    def labels(self, gmail_id: str) -> list[str]:
        """The message's labels in Gmail."""
        return in_gmail(self.stack, self.email)[gmail_id]


def acting(stack: Stack, name: str) -> Mailbox:
    """Connect a mailbox, and consent to acts on it."""
    user, email = stack.sign_in(name), f"{name}@gmail.example"
    user.connect(email)
    return Mailbox(stack, user, email, allow(user, email))


def live(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("[data-connection=live]")).to_be_visible()


def opened(page: Page, subject: str) -> None:
    """Check that the conversation is open, by its heading, focus and title."""
    expect(page.locator("#subject")).to_have_text(subject)
    expect(page.locator("#subject")).to_be_focused()
    expect(page).to_have_title(f"{subject} - Finito")


def click_into(page: Page, mail: Locator) -> None:
    """Click into a mail, and wait until the page has taken the focus back to the heading, which may have it before."""
    page.locator("#subject").evaluate("one => one.addEventListener('focus', () => { window.tookBack = true })")
    mail.click()
    page.wait_for_function("() => window.tookBack")
