"""`quota`: what each kind of change costs of Gmail's quota, beside the least that it can cost."""

import time
from collections import Counter

from bench.browser import Browser, Stream
from bench.cases import BURST, CASES, COUNT, GET, LIST
from bench.choices import Choices
from bench.google import Google
from bench.stack import Stack
from bench.table import Table, median
from launcher.supervisor import Failed

UNITS = {"history.list": LIST, "messages.get": GET, "labels.get": COUNT}
USER_UNITS = 6_000  # a minute and user
WATCH, PAGE = 100, 5
FIRST, IDLE = "first@gmail.example", "idle@gmail.example"
FIRST_MESSAGES = 500
QUIET_SECONDS = 4.5  # longer than a trailing read waits
LIMIT_SECONDS = 40.0
FIRST_SECONDS = 240.0


def run(choices: Choices) -> list[Table]:
    """Measure each case in a mailbox of its own, all in one stack; the first sync goes on beside them."""
    emails = {f"case{number}@gmail.example": case for number, case in enumerate(CASES)}
    with Stack(choices.database, workers=choices.workers, simulator=("--quota", str(USER_UNITS))) as stack:
        google, browser = stack.google, Browser(stack)
        google.create_mailbox(FIRST, 0)
        google.deliver(FIRST, count=FIRST_MESSAGES)
        google.create_mailbox(IDLE, 10)
        for email, case in emails.items():
            google.create_mailbox(email, 0)
            google.deliver(email, count=case.messages)
        with browser.stream() as stream:
            began = time.monotonic()
            for email in (FIRST, IDLE, *emails):
                browser.connect(email)
            stream.wait_connected({IDLE, *emails}, 60)
            _wait_quiet(google, [IDLE, *emails])
            costs = [_one_run(google, list(emails)) for _ in range(choices.runs)]
            idle = _poll(stack)
            seconds = _first_sync(stream, began)
            _wait_quiet(google, [FIRST])
        first, refused = google.units(FIRST), google.refusals()
    table = Table(
        f"quota: units of each change (median of {choices.runs} runs, {choices.database})",
        ["change", *UNITS, "units", "least", "without an open page", "without trailing read", "ratio"],
        notes=NOTES,
    )
    for email, case in emails.items():
        calls = {method: median([cost[email, method] / units for cost in costs]) for method, units in UNITS.items()}
        units = int(median([sum(cost[email, method] for method in UNITS) for cost in costs]))
        unseen = case.least + case.trailing
        least = unseen + case.looked_at
        counts = [int(calls[method]) for method in UNITS]
        table.add(case.name, *counts, units, least, unseen, case.least, units / least)
    table.add("poll of an idle mailbox", idle // LIST, 0, 0, idle, LIST, LIST, LIST, idle / LIST)
    return [table, _first_table(first, seconds, refused)]


def _one_run(google: Google, emails: list[str]) -> Counter[tuple[str, str]]:
    """Make each change in its mailbox; what each mailbox has cost when all is quiet, by method."""
    before = _spent(google, emails)
    for email, case in zip(emails, CASES, strict=True):
        case.make(google, email)
    _wait_quiet(google, emails)
    return _spent(google, emails) - before


def _spent(google: Google, emails: list[str]) -> Counter[tuple[str, str]]:
    mailboxes = google.units_by_mailbox()
    return Counter({(email, name): units for email in emails for name, units in mailboxes.get(email, {}).items()})


def _wait_quiet(google: Google, emails: list[str]) -> None:
    """Wait until nothing was called for these mailboxes for longer than a trailing read waits."""
    deadline = time.monotonic() + LIMIT_SECONDS
    last, since = _spent(google, emails), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        if time.monotonic() > deadline:
            raise Failed(f"calls go on after {LIMIT_SECONDS:.0f} s")
        time.sleep(0.25)
        if (spent := _spent(google, emails)) != last:
            last, since = spent, time.monotonic()


def _poll(stack: Stack) -> int:
    before = sum(stack.google.units(IDLE).values())
    stack.manage("sync_accounts", "--account", IDLE)
    _wait_quiet(stack.google, [IDLE])
    return sum(stack.google.units(IDLE).values()) - before


def _first_sync(stream: Stream, began: float) -> float:
    stream.wait_connected({FIRST}, FIRST_SECONDS)
    ends = [f.at for f in stream.frames if f.event == "account.status" and f.data["email"] == FIRST]
    return ends[-1] - began


def _first_table(units: dict[str, int], seconds: float, refused: int) -> Table:
    spent, least = sum(units.values()), WATCH + PAGE + FIRST_MESSAGES * GET + LIST + COUNT
    table = Table(
        f"quota: the first sync of {FIRST_MESSAGES} messages (one run)",
        ["units", "least", "seconds", "least seconds", "403 or 429, all mailboxes"],
        notes=[
            f"Least: watch {WATCH}, messages.list {PAGE}, {FIRST_MESSAGES} messages.get, history.list {LIST}, "
            f"labels.get {COUNT}; getProfile of the consent is above it.",
            f"Least seconds: Gmail gives a user {USER_UNITS} units in any minute, so that what is beyond waits for the "
            "next one. The simulator enforces it.",
        ],
    )
    table.add(spent, least, seconds, 60.0 * ((least - 1) // USER_UNITS), refused)
    return table


NOTES = [
    "Least: one history.list (2) whatever the number of changes; messages.get (20) for each new mail, since a record "
    "carries no subject; labels.get (1) where the unread count of the inbox can have changed, since the stream "
    "promises Gmail's own; one trailing history.list (2) 3 s after a push, since Gmail drops "
    "notifications above one a second; and one more (2) a second after the push, since a member has a page open here. "
    "A read that itself begins later than that second (a busy machine) spares the last one.",
    "Without an open page, and without trailing read: the same least where nobody looks, and for a program that risks "
    "to miss a burst's last change until its next poll.",
    f"The bar for a burst of {BURST} pushes: at most 3 history.list, and one for the open page. A stale push may be "
    "the only notice of more than it names: one trailing read.",
]
