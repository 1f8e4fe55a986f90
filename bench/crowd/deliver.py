"""`deliver`: what one event costs from Redis to the stream of one of 1,000 users, beside peers in the same run."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg

from bench.choices import Choices
from bench.crowd.crowd import FIRST_NUMBER
from bench.crowd.served import Served, finito, name_missing, peer
from bench.peers.catalogue import FLOOR, Missing, peers
from bench.table import Table, median
from launcher.supervisor import Failed

USERS = 1_000
SECONDS = 4.0
IN_FLIGHT = 64
RATES = [1_000, 5_000, 20_000]
COLUMNS = ["server", "server CPU µs", "with Redis", "a second", "p50 ms at 1,000/s", "p99", "at 5,000/s", "20,000/s"]


def run(choices: Choices) -> list[Table]:
    """Measure each server so often, one after the other, and take the medians."""
    users, seconds = (20, 0.5) if choices.small else (USERS, SECONDS)
    rates = [200] if choices.small else RATES
    table = Table(
        f"deliver: one event a message from Redis to one of {users:,} streams (median of {choices.runs} runs)",
        [*COLUMNS, "ratio to the floor"],
        notes=[
            f"CPU of an event with {IN_FLIGHT} in flight, {seconds} s; the server has a core of its own, Redis and the "
            "load the other. At a rate: milliseconds from when the event was due; - is a rate that was not held.",
            "nchan's CPU contains accepting the publish by HTTP. Every number was checked: none lost, repeated, "
            "out of order or at another user.",
        ],
    )
    servers: list[tuple[str, Callable[[], AbstractContextManager[Served]]]] = [
        (FLOOR.name, lambda: peer(FLOOR, users)),
        ("Finito", lambda: finito("postgres", users, FIRST_NUMBER)),
        *((one.name, lambda one=one: peer(one, users)) for one in peers(choices.small)[1:]),
    ]
    by_name = {one.name: one for one in peers(choices.small)}
    measured: dict[str, list[list[float | None]]] = {}
    for _ in range(choices.runs):
        for name, serve in servers:
            try:
                with serve() as served:
                    measured.setdefault(name, []).append(_measure(served, seconds, rates))
            except (Missing, Failed) as why:
                if name not in by_name or name == FLOOR.name:
                    raise Failed(f"{name}: {why}") from why
                measured.pop(name, None)
                name_missing(table, by_name[name], why)
        servers = [(name, serve) for name, serve in servers if name in measured]
    base = [one[0] for one in measured[FLOOR.name]]
    for name, runs in measured.items():
        figures = [_middle(column) for column in zip(*runs, strict=True)]
        ratio = median([own[0] / floor for own, floor in zip(runs, base, strict=True)])  # type: ignore[operator]  # CPU is never None
        table.add(name, *figures, *[None] * (len(COLUMNS) - 1 - len(figures)), ratio)
    return [table]


def _middle(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if len(known) == len(values) else None


def _measure(served: Served, seconds: float, rates: list[int]) -> list[float | None]:
    """CPU µs of an event, the same with Redis, events a second; then p50 and p99 at each rate, or None."""
    load = served.load
    load.open()
    served.settle()
    with _log_held(served):
        load.ask("window", IN_FLIGHT, 0.3)
        before, redis = served.cpu(), served.redis_cpu()
        full = load.ask("window", IN_FLIGHT, seconds)
        spent, with_redis = served.cpu() - before, served.redis_cpu() - redis
    load.check()
    each = 1e6 / full["delivered"]
    figures: list[float | None] = [spent * each, (spent + with_redis) * each, full["a_second"]]
    held = True
    for number, rate in enumerate(rates):
        paced = None
        if held:
            with _log_held(served):
                paced = load.ask("rate", rate, seconds)
            held = paced["a_second"] >= 0.99 * rate and paced["drain_seconds"] < 0.25
        figures.append(paced["p50_ms"] if paced and held else None)
        if number == 0:
            figures.append(paced["p99_ms"] if paced and held else None)
        time.sleep(0.5)
    load.check()
    return figures


@contextmanager
def _log_held(served: Served) -> Iterator[None]:
    """Hold the table of heads while events are published that nobody has committed, and raise the heads at the end.

    The web compares heads each ten seconds. Its query waits for the table meanwhile, and then sees the numbers that
    were published: to the web it is a commit like any other, of events that are pruned already.
    """
    if served.finito is None:
        yield
        return
    with psycopg.connect(served.finito.stack.database.url) as connection:
        connection.execute("LOCK TABLE realtime_eventstream IN ACCESS EXCLUSIVE MODE")
        yield
        for user, number in served.load.ask("numbers")["numbers"]:
            connection.execute(
                "UPDATE realtime_eventstream SET last_seq = %s, floor_seq = %s WHERE user_id = %s",
                (number, number, user),
            )
