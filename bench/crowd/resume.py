"""`resume`: a stream that comes back some events behind, in a short log and in one of a million events."""

from bench.choices import Choices
from bench.crowd.crowd import crowd
from bench.crowd.served import Served
from bench.table import Table, median, medians

BEHIND, ROUNDS, USERS = 5, 40, 100
LOG = "realtime_storedevent"
SIZES = [10_000, 1_000_000]
# Of the user who comes back and of all others, as the product stores them.
FILL = """
    INSERT INTO realtime_storedevent (user_id, seq, type, payload, created_at)
    SELECT user_id, n, 'message.changed', '{{"account_id":7,"u":' || user_id || ',"message":{{"id":"18c2f0"}}}}', now()
    FROM realtime_eventstream, generate_series(1, {events}) AS n
"""


def run(choices: Choices) -> list[Table]:
    """Measure one returning stream at a time."""
    sizes, rounds = ([200, 2_000], 3) if choices.small else (SIZES, ROUNDS)
    table = Table(
        f"resume: a stream that comes back {BEHIND} events behind (postgres, median of {choices.runs} runs)",
        ["events in the log", "ms until caught up", "rows read", "buffers read", "ratio of time"],
        notes=[
            f"The log's events belong to {USERS} users alike; one of them comes back, {rounds} times. Rows "
            "and buffers: by PostgreSQL's own counts, of the log's table and its indexes, each time.",
        ],
    )
    first = 0.0
    for size in sizes:
        runs = [_measure(size, rounds) for _ in range(choices.runs)]
        milliseconds, rows, buffers = medians(runs)
        first = first or milliseconds
        table.add(size, milliseconds, rows, buffers, milliseconds / first)
    return [table]


def _measure(size: int, rounds: int) -> tuple[float, float, float]:
    with crowd("postgres", USERS, env={"EVENT_RETENTION_DAYS": "30"}) as many:
        query = many.stack.database.query
        query(FILL.format(events=size // USERS))
        query(f"UPDATE realtime_eventstream SET last_seq = {size // USERS}, floor_seq = 0")
        query("ANALYZE")
        served = Served("Finito", many.load, many.stack.supervisor, many)
        many.load.open(1)
        many.load.ask("arm", BEHIND)
        many.product.ask("commit", users=many.user_ids[:1], events=BEHIND)
        many.load.ask("await", 20)
        served.load.ask("idle", 2)
        times, before = [], many.stack.database.reads(LOG)
        for _ in range(rounds):
            many.load.ask("drop", BEHIND)
            times.append(many.load.open(1, resume=True, ahead=BEHIND)["seconds"] * 1000)
        rows, buffers = (after - early for early, after in zip(before, many.stack.database.reads(LOG), strict=True))
        return median(times), rows / rounds, buffers / rounds
