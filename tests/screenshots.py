"""`bin/screenshots`: the pages as they look with some mail, several mailboxes, and an hour of counting behind them."""

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.support.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.support.live import Stack
from tests.support.live_clients import SignedIn

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
Scheme = Literal["light", "dark"]
WIDE = ViewportSize(width=1100, height=620)
DESK = ViewportSize(width=1360, height=900)
LIST = ViewportSize(width=1360, height=560)
PHONE = ViewportSize(width=390, height=720)
LIMIT_BYTES = 150_000
MAILBOXES = ["ann@finito.example", "team@finito.example"]
MAIL = [  # oldest first: sender, subject, text, read
    ("Jonas Weber <jonas@example.com>", "Minutes of Monday", "Thanks all. Three points are open, see below.", True),
    ("City Library <desk@example.org>", "Your books are due on Friday", "You can extend them once.", True),
    ("Zoë Ångström <zoe@example.com>", "Photos of the weekend", "The lake ones came out best, I think.", True),
    ("Build <build@example.net>", "main is green again", "1,204 tests passed in 6 minutes.", True),
    ("Priya Nair <priya@example.com>", "Budget for the spring", "The draft is attached; comments by Thursday.", True),
    ("Rail <tickets@example.org>", "Your ticket to Kraków", "Coach 12, seat 46, by the window.", False),
    ("Tomás Silva <tomas@example.com>", "Re: The new office", "Second floor, and there is a garden.", True),
    ("Mira Okafor <mira@example.com>", "Interview on Wednesday", "Could you take the second half?", False),
    ("Anders Holm <anders@example.com>", "Spare keys", "They are with Mrs. Lindqvist on the first floor.", True),
    ("Priya Nair <priya@example.com>", "Re: Budget for the spring", "Good point about travel, I moved it.", False),
    ("Zoë Ångström <zoe@example.com>", "Dinner on Saturday?", "Seven, at ours. Bring nothing but appetite.", False),
    ("Mira Okafor <mira@example.com>", "Friday's offsite", "The room is booked, lunch is at noon.", False),
]
OTHERS = ["bea@finito.example", "carl@finito.example", "dora@finito.example", "emil@finito.example"]

# What would take an hour, days or somebody's mistake.
HISTORY = """
import math, random
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from realtime.models import OpenStreams, ProcessMinute

random.seed(7)
now = timezone.now()
User.objects.create_superuser("operator", password="operator", first_name="Operator")
account = GmailAccount.objects.get
GmailAccount.objects.filter(email="dora@finito.example").update(state="reauth_required", last_error="the grant ended")
GmailWatch.objects.filter(account__email="emil@finito.example").update(
    state="failed", expires_at=now - timedelta(hours=3), renewed_at=now - timedelta(days=7),
    last_error="Gmail may not publish to the topic (403): grant it roles/pubsub.publisher",
    renew_at=now + timedelta(minutes=11), probe_sent_at=None)
SkippedMessage.objects.create(account=account(email="carl@finito.example"), gmail_id="18c2f0a1", attempts=3,
    skipped=True, reason="HeaderParseError: a header without an end")

def buckets(bounds, total, middle):
    share = lambda bound: 1 / (1 + (middle / bound) ** 4)
    counts = [[{"le": str(bound)}, round(total * share(bound))] for bound in bounds]
    return [*counts, [{"le": "+Inf"}, total]]

for process in ("web-1:4021", "web-2:3987"):
    for ago in range(61):
        wave = 1 + math.sin(ago / 9) / 2 + random.random() / 3
        pushes, events = round(40 * wave), round(110 * wave)
        ProcessMinute.objects.create(kind="web", process=process,
            minute=now.replace(second=0, microsecond=0) - timedelta(minutes=ago), samples={
            "finito_push_total": [[{"result": "taken"}, pushes], [{"result": "refused"}, random.choice([0, 0, 0, 1])]],
            "finito_sync_total": [[{"result": "ok"}, pushes - 4], [{"result": "retry"}, random.choice([0, 0, 2])]],
            "finito_gmail_units_total": [
                [{"method": "history.list"}, 2 * pushes], [{"method": "messages.get"}, 20 * pushes]],
            "finito_sse_events_total": [[{}, events]], "finito_redis_up": [[{}, 1]],
            "finito_sse_connections": [[{}, round(300 + 40 * wave)]],
            "finito_push_lag_seconds_bucket": buckets((.1, .25, .5, 1, 2.5, 5, 10), pushes, .4 * wave),
            "finito_sse_delivery_seconds_bucket": buckets((.005, .01, .025, .05, .1, .25, .5, 1), events, .011 * wave)})
"""


class Studio:
    """Takes the pictures."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack

    def page(self, user: SignedIn, path: str, size: ViewportSize, scheme: Scheme = "light") -> Page:
        """The user's page in a window of this size."""
        url = self.stack.url()
        context = self.browser.new_context(base_url=url, viewport=size, color_scheme=scheme, reduced_motion="reduce")
        context.add_cookies([{"name": "sessionid", "value": user.http.cookies["sessionid"], "url": url}])
        context.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
        page = context.new_page()
        answer = page.goto(path)
        assert answer is None or answer.ok, f"{path} is not to be had"
        return page

    def take(self, page: Page, name: str) -> None:
        """Keep the picture, and end the page."""
        file = PICTURES / f"{name}.png"
        page.screenshot(path=file, animations="disabled")
        page.context.close()
        size = file.stat().st_size
        print(f"{file.relative_to(PICTURES.parent.parent)}: {size / 1_000:.0f} kB")  # noqa: T201
        assert size < LIMIT_BYTES, f"{file.name} is larger than {LIMIT_BYTES} bytes"

    def live(self, user: SignedIn, path: str, name: str, size: ViewportSize, scheme: Scheme = "light") -> None:
        """Take the user's page once its stream is open."""
        page = self.page(user, path, size, scheme)
        expect(page.locator("[data-connection=live]")).to_be_visible()
        self.take(page, name)


def seed(stack: Stack) -> tuple[SignedIn, SignedIn]:
    """Ann with two mailboxes, others with one each, and an operator."""
    ann = stack.sign_in("ann")
    for number, (sender, subject, text, read) in enumerate(MAIL):
        email = MAILBOXES[number % 2]
        stack.simulator.create_mailbox(email)
        labels = ["INBOX"] if read else ["INBOX", "UNREAD"]
        age = 1_200 * (len(MAIL) - number)
        what = {"from": sender, "subject": subject, "text": text, "label_ids": labels, "age": age}
        stack.simulator.deliver(email, **what)
    for email in MAILBOXES:
        ann.connect(email)
    for email in OTHERS:
        stack.sign_in(email.partition("@")[0]).connect(email, messages=4)
    stack.python(HISTORY)
    return ann, stack.sign_in("operator", create=False)


def main() -> None:
    if CHROMIUM is None:
        sys.exit("needs Chromium: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, Stack(Path(directory), "sqlite", webs=1) as stack:
        ann, operator = seed(stack)
        with sync_playwright() as playwright:
            studio = Studio(
                playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, "--disable-lcd-text"]),
                stack,
            )
            studio.live(ann, "/", "inbox", WIDE)
            studio.live(ann, "/", "inbox-dark", WIDE, "dark")
            studio.live(ann, "/", "inbox-phone", PHONE)
            studio.live(ann, "/accounts/", "mailboxes", WIDE)
            studio.take(studio.page(operator, "/admin/gmail_sync/gmailaccount/", LIST), "admin-accounts")
            pictures: list[tuple[str, Scheme]] = [("dashboard", "light"), ("dashboard-dark", "dark")]
            for name, scheme in pictures:
                page = studio.page(operator, "/admin/realtime/", DESK, scheme)
                expect(page.locator(".plot canvas").last).to_be_visible()
                studio.take(page, name)


if __name__ == "__main__":
    main()
