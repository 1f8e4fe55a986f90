"""`page`: the pages on a processor four times slower: largest paint, blocking, and many mails in a long list."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from email.message import EmailMessage

from playwright.sync_api import Browser as Chromium

from bench import long_list, slow_browser
from bench.browser import Browser
from bench.choices import Choices
from bench.slow_browser import LONG_MS, RATE, Visit
from bench.stack import Stack
from bench.table import Table, median

EMAIL = "ann@gmail.example"
MAILS, ANSWERS, LINES = 100, 3, 100
LIVE = "document.querySelector('[data-connection=live]')"
MAIL = "window.seen.mail"


def run(choices: Choices) -> list[Table]:
    """Visit the inbox and a conversation, for the first time and later; then let mails come to a list."""
    runs = 1 if choices.small else choices.runs
    table = Table(
        f"page: a visit, the processor {RATE} times slower (median of {runs} runs, {choices.database})",
        ["page", "largest paint ms", "usable ms", "blocked ms", "longest task ms", "requests", "kB"],
        notes=[
            "Largest paint (LCP) and usable: from the beginning of the visit. Usable: the stream is open, and in a "
            "conversation the mails are in their frames. Blocked: what the tasks after the first paint take beyond "
            f"{LONG_MS} ms, added up (total blocking time).",
            f"An inbox of {MAILS} mails; a conversation of {ANSWERS}, each a table of {LINES} lines. Web, database and "
            "browser share the machine; a network adds its own.",
        ],
    )
    with Stack(choices.database, simulator=("--usual",)) as stack, slow_browser.chromium() as chromium:
        user, conversation = _mailbox(stack)
        visits = [list(_visits(chromium, user, stack.url, conversation)) for _ in range(runs)]
        for some in zip(*visits, strict=True):
            figures = zip(*(vars(visit).values() for _, visit in some), strict=True)
            table.add(some[0][0], *map(median, figures))
        return [table, long_list.measure(choices, stack, chromium, user)]


def _mailbox(stack: Stack) -> tuple[Browser, str]:
    """Connect a mailbox with a conversation on top; returns its user, and the conversation's address."""
    stack.google.create_mailbox(EMAIL, MAILS)
    thread = ""
    for number in range(ANSWERS):
        raw = urlsafe_b64encode(_letter(number)).decode()
        (message_id,) = stack.google.deliver(EMAIL, raw=raw, thread_id=thread, label_ids=["INBOX", "UNREAD"])
        thread = thread or message_id
    user = Browser(stack)
    with user.stream() as stream:
        user.connect(EMAIL)
        stream.wait_connected({EMAIL}, 120)
    account_id = user.http.get("/messages/").json()["accounts"][0]["id"]
    return user, f"/conversations/{account_id}/{thread}/"


def _letter(number: int) -> bytes:
    line = "<tr><td style='padding: 8px'>A line of a newsletter</td><td><a href='https://x.example/'>More</a></td></tr>"
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Mira Okafor <mira@x.example>", EMAIL, "A conversation"
    letter.set_content("As text")
    letter.add_alternative(f"<h1>Letter {number}</h1><table>{line * LINES}</table>", subtype="html")
    return letter.as_bytes()


def _visits(chromium: Chromium, user: Browser, url: str, conversation: str) -> Iterator[tuple[str, Visit]]:
    for name, path, ready in (("inbox", "/", LIVE), ("conversation", conversation, f"{LIVE} && {MAIL}")):
        page = slow_browser.new_page(chromium, user, url)
        slow_browser.slow(page)
        for kind in ("first", "later"):
            yield f"{name}, {kind} visit", slow_browser.visit(page, path, ready)
        page.context.close()
