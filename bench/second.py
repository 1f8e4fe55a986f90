"""`second`: two changes within one second. Gmail drops the notice of the later one: how late is it on the stream?"""

import time

from bench.browser import Browser
from bench.cases import COUNT, GET, LIST
from bench.choices import Choices
from bench.latency import found
from bench.stack import Stack
from bench.table import Table, median, percentile

CHANGES = 40
APART_SECONDS = [0.15, 0.35, 0.55, 0.75]
LEAST = 2 * LIST + 2 * GET + COUNT  # a read that finds both, and the one that trails their only notice
REST_SECONDS = 4.5  # longer than a trailing read waits


def run(choices: Choices) -> list[Table]:
    """Change pairs of mails in many mailboxes of one user, who has a page open."""
    pairs = 2 if choices.small else CHANGES * choices.runs
    emails = [f"box{number}@gmail.example" for number in range(min(pairs, 20))]
    table = Table(
        f"second: milliseconds from the later of two changes to its event on the stream ({choices.database})",
        ["pairs", "median", "p95", "worst", "missing", "units each", "units of the least"],
        notes=[
            f"A new mail, and {', '.join(map(str, APART_SECONDS))} s later another one, whose notice Gmail drops. "
            "Units: what both cost of the quota. The least is a read that finds both, and the one that trails their "
            f"only notice: {LEAST}. Told at once, each by a read of its own, they are {LEAST + LIST + COUNT}.",
        ],
    )
    with Stack(choices.database, workers=choices.workers) as stack:
        browser, google = Browser(stack), stack.google
        with browser.stream() as stream:
            for email in emails:
                google.create_mailbox(email, 0)
                browser.connect(email)
            stream.wait_connected({*emails}, 60)
            time.sleep(REST_SECONDS)
            before, sent = _units(stack), {}
            for turn in range(pairs):
                email = emails[turn % len(emails)]
                google.deliver(email)
                time.sleep(APART_SECONDS[turn % len(APART_SECONDS)])
                at = time.monotonic()
                sent[google.deliver(email)[0]] = at
                if (turn + 1) % len(emails) == 0:
                    time.sleep(REST_SECONDS)
            came = found(stream, "message.added", {*sent})
            time.sleep(REST_SECONDS)
            units = (_units(stack) - before) / pairs
    lags = [(came[one] - at) * 1000 for one, at in sent.items() if one in came]
    table.add(pairs, median(lags), percentile(lags, 95), max(lags), pairs - len(lags), units, LEAST)
    return [table]


def _units(stack: Stack) -> int:
    return sum(sum(one.values()) for one in stack.google.units_by_mailbox().values())
