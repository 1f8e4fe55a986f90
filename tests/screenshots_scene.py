"""What the pictures show: some mail in several mailboxes, and an hour of counting behind them."""

from base64 import urlsafe_b64encode
from email.message import EmailMessage
from typing import Any

from tests.flows.test_acting import allow
from tests.support.live import Stack
from tests.support.live_clients import SignedIn

MAILBOXES = ["ann@finito.example", "team@finito.example"]
UNREAD, STARRED, OFFICE = "UNREAD", "STARRED", "Office"
LEASE = "Harbour Street 14: the lease"
MAIL: list[tuple[str, str, str, list[str]]] = [  # oldest first, in the two mailboxes by turns
    ("Jonas Weber <jonas@example.com>", "Minutes of Monday", "Thanks all. Three points are open, see below.", []),
    ("City Library <desk@example.org>", "Your books are due on Friday", "You can extend them once.", []),
    ("Zoë Ångström <zoe@example.com>", "Photos of the weekend", "The lake ones came out best, I think.", [STARRED]),
    ("Build <build@example.net>", "main is green again", "1,204 tests passed in 6 minutes.", []),
    ("Rail <tickets@example.org>", "Your ticket to Kraków", "Coach 12, seat 46, by the window.", [UNREAD]),
    (
        "Priya Nair <priya@example.com>",
        "Budget for the spring",
        "The draft is attached; comments by Thursday.",
        [OFFICE],
    ),
    ("Tomás Silva <tomas@example.com>", "The new office", "Second floor, and there is a garden.", []),
    ("Mira Okafor <mira@example.com>", "Interview on Wednesday", "Could you take the second half?", [UNREAD, OFFICE]),
    ("Anders Holm <anders@example.com>", "Spare keys", "They are with Mrs. Lindqvist on the first floor.", []),
    ("Tomás Silva <tomas@example.com>", LEASE, "The draft is here. Annex C is new, please read it twice.", [OFFICE]),
    ("Zoë Ångström <zoe@example.com>", "Dinner on Saturday?", "Seven, at ours. Bring nothing but appetite.", [UNREAD]),
    ("Priya Nair <priya@example.com>", LEASE, "I read it twice. The break clause I would not give up.", [OFFICE]),
    ("Leïla Haddad <leila@example.com>", "The poster, second proof", "The blue is right now, I think.", []),
    ("Kestrel Estates <office@kestrel.example>", LEASE, "", [UNREAD, STARRED, OFFICE]),
    ("Anders Holm <anders@example.com>", "Climbing on Thursday", "The hall is free from six.", []),
    ("Mira Okafor <mira@example.com>", "Friday's offsite", "The room is booked, lunch is at noon.", [UNREAD]),
]
OFFER = """<div style="font-family: Georgia, serif; color: #222">
<h2 style="color: #0f6b5c; border-bottom: 3px solid #0f6b5c; padding-bottom: 8px">Kestrel Estates</h2>
<p>Dear team,</p>
<p>the landlord agreed to the break clause, and the courtyard is yours from the first day. Two signatures by Tuesday
and it is done; the ground floor will be painted before you move.</p>
<table cellpadding="8" rules="rows" style="border-collapse: collapse">
<tr><td>Rent, ground floor</td><td>2,940 a month</td></tr><tr><td>Deposit, returned at the end</td><td>8,820</td></tr>
<tr><td>First day</td><td>1 March</td></tr></table>
<img src="https://kestrel.example/seen.png" alt=""></div>"""
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


def seed(stack: Stack) -> tuple[SignedIn, SignedIn]:
    """Ann with two mailboxes, others with one each, and an operator."""
    ann = stack.sign_in("ann")
    for email in MAILBOXES:
        stack.simulator.create_mailbox(email)
    office = _label(stack, MAILBOXES[1])
    thread = ""
    for number, (sender, subject, text, labels) in enumerate(MAIL):
        names = ["INBOX", *(office if label == OFFICE else label for label in labels)]
        what: dict[str, Any] = {"from": sender, "subject": subject, "text": text}
        if not text:
            what = {"raw": urlsafe_b64encode(_offer(sender)).decode()}
        if subject == LEASE and thread:
            what["thread_id"] = thread
        age = 1_200 * (len(MAIL) - number)
        (gmail_id,) = stack.simulator.deliver(MAILBOXES[number % 2], label_ids=names, age=age, **what)
        thread = thread or gmail_id if subject == LEASE else thread
    for email in MAILBOXES:
        ann.connect(email)
        allow(ann, email)
    for email in OTHERS:
        stack.sign_in(email.partition("@")[0]).connect(email, messages=4)
    stack.python(HISTORY)
    return ann, stack.sign_in("operator", create=False)


def _label(stack: Stack, email: str) -> str:
    """Make a label of the mailbox's owner; returns its id."""
    token = stack.simulator.tokens(email, "https://www.googleapis.com/auth/gmail.modify")["access_token"]
    label = {"name": OFFICE, "color": {"backgroundColor": "#16a766", "textColor": "#ffffff"}}
    headers = {"Authorization": f"Bearer {token}"}
    answer = stack.simulator.http.post("/gmail/v1/users/me/labels", json=label, headers=headers)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _offer(sender: str) -> bytes:
    """Write a mail with a layout, a remote picture and a file."""
    offer = EmailMessage()
    offer["From"], offer["To"], offer["Subject"] = sender, MAILBOXES[1], f"Re: {LEASE}"
    offer.set_content("The landlord agreed to the break clause, and the courtyard is yours from the first day.")
    offer.add_alternative(OFFER, subtype="html")
    offer.add_attachment(b"%PDF-1.4\n" + bytes(1_200_000), "application", "pdf", filename="Lease Harbour Street 14.pdf")
    return offer.as_bytes()
