"""`channel`: the price of Supabase beside Redis, and that Redis pays none of it while Supabase hangs."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from bench.choices import Choices
from bench.crowd.commit import one_round
from bench.crowd.crowd import Crowd, crowd
from bench.crowd.served import Served
from bench.processes import cpu_seconds
from bench.table import Table, median, medians, percentile
from launcher.supervisor import Failed

USERS = 200
A_SECOND = 40
NO_LIMIT = 100_000  # messages a second: no plan's rate is measured here
TICKETS_EACH = 5
AT_ONCE = 8
REST_SECONDS = 2.0  # in which what waits for Supabase goes, too

Measured = dict[str, list[tuple[float, float, float]]]  # p50, p95 and CPU of each run, in milliseconds


def run(choices: Choices) -> list[Table]:
    """Commit with Supabase off, on and hanging, in turn; then compare a ticket with a stream."""
    table = Table(
        f"channel: Supabase beside Redis ({choices.database}, median of {choices.runs} runs)",
        ["", "p50 ms", "p95 ms", "ratio of p95", "CPU ms each", "ratio of CPU"],
        notes=[
            f"Commits: {A_SECOND} a second, each for another user with a stream and, but for the first row, a page at "
            "Supabase; from the commit to the event at the stream's socket, which comes by Redis. CPU is that of the "
            "process that commits and publishes. Hanging: no post to Supabase is answered. Ratios are of one run.",
            f"Stream and ticket: CPU of the web; {AT_ONCE} tickets are asked for at once. A page that moves to the "
            "channel has opened a stream and asked for a ticket, and one that comes back opens a stream.",
        ],
    )
    with crowd(choices.database, 20 if choices.small else USERS, supabase=True) as many:
        many.stack.google.sim("POST", "supabase", events_per_second=NO_LIMIT)
        stream = _opened(many)
        measured: Measured = {}
        tickets = [_measure(many, measured) for _ in range(choices.runs)]
    _fill(table, measured)
    for name, cpu in (("a stream that opens", stream), ("a ticket", median(tickets))):
        table.add(name, None, None, None, cpu, cpu / stream)
    table.add("a page that moves: both", None, None, None, stream + median(tickets), 1 + median(tickets) / stream)
    return [table]


def _measure(many: Crowd, measured: Measured) -> float:
    """Measure one run of each kind of commit; returns the web's CPU of a ticket, in milliseconds."""

    def commits(name: str) -> None:
        cpu = cpu_seconds([many.product.pid])
        times = one_round(many, 1 / A_SECOND)
        time.sleep(REST_SECONDS)
        spent = 1000 * (cpu_seconds([many.product.pid]) - cpu) / len(times)
        measured.setdefault(name, []).append((median(times), percentile(times, 95), spent))

    many.stack.manage("transport", "off")
    commits("a commit, Redis alone")
    many.stack.manage("transport", "on", "--percent", "100")
    _tickets(many, 1)  # from now on everybody is heard
    ticket = _tickets(many, TICKETS_EACH)
    commits("the same, and Supabase")
    many.stack.google.fault("broadcast", hold=True, times=None)
    commits("the same, and Supabase hangs")
    many.stack.google.clear_faults()
    return ticket


def _fill(table: Table, measured: Measured) -> None:
    (_, bases), *_ = measured.items()
    for name, runs in measured.items():
        p50, p95, cpu = medians(runs)
        delay, price = (_ratio(runs, bases, column) for column in (1, 2))
        table.add(name, p50, p95, delay, cpu, price)


def _ratio(runs: Sequence[tuple[float, ...]], bases: Sequence[tuple[float, ...]], column: int) -> float:
    return median([one[column] / base[column] for one, base in zip(runs, bases, strict=True)])


def _opened(many: Crowd) -> float:
    """Open everybody's stream; returns the web's CPU of each, in milliseconds."""
    cpu = many.cpu()
    many.load.open()
    many.load.ask("idle", REST_SECONDS)
    spent = 1000 * (many.cpu() - cpu) / len(many.user_ids)
    Served("Finito", many.load, many.stack.supervisor, many).settle()
    return spent


def _tickets(many: Crowd, each: int) -> float:
    """Ask for so many tickets for each user; returns the web's CPU of one, in milliseconds."""
    cookies, cpu = many.cookies * each, many.cpu()
    with httpx.Client(base_url=many.stack.url, timeout=60) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(lambda cookie: http.get("/events/ticket/", headers={"Cookie": cookie}), cookies):
            if answer.json() == {"transport": "sse"}:
                raise Failed("a ticket keeps its page on the stream")
    return 1000 * (many.cpu() - cpu) / len(cookies)
