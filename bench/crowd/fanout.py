"""`fanout`: a change in a mailbox of 1,000 users: its commit, and when the last of them has it."""

from bench.choices import Choices
from bench.crowd.crowd import Crowd, crowd
from bench.crowd.served import Served, name_missing, peer
from bench.peers.catalogue import Missing, Peer, peers
from bench.table import Table, medians
from launcher.supervisor import Failed

USERS, ROUNDS = 1_000, 15
STREAMS_OF_ONE = 12  # as many as a user may have at a web
WAIT_SECONDS = 20
COLUMNS = ["what", "commit ms", "first ms", "median ms", "last ms", "server CPU µs a delivery"]


def run(choices: Choices) -> list[Table]:
    """Measure rounds of real commits, then the peers with one message a user in one write."""
    users, rounds = (20, 2) if choices.small else (USERS, ROUNDS)
    rounds *= choices.runs
    table = Table(
        f"fanout: one event to each of {users:,} users at once ({choices.database}, median of {rounds} rounds)",
        COLUMNS,
        notes=[
            "Commit: one transaction that gives each user an event with a number of their own, by the product's log. "
            "The other times count from its end, when its notices begin to leave. A new mail is such a commit.",
            "Peers: no commit; the load generator publishes one message a user in one write, and the times count from "
            "that.",
        ],
    )
    with crowd(choices.database, users) as many:
        table.add(f"Finito, {users:,} users", *_finito(many, rounds, many.user_ids, users))
    with crowd(choices.database, 1, streams_of_one=STREAMS_OF_ONE) as many:
        table.add(
            f"Finito, {STREAMS_OF_ONE} streams of one user", *_finito(many, rounds, many.user_ids, STREAMS_OF_ONE)
        )
    for one in peers(choices.small):
        try:
            table.add(one.name, *_peer(one, users, rounds))
        except (Missing, Failed) as why:
            name_missing(table, one, why)
    return [table]


def _finito(many: Crowd, rounds: int, users: list[int], streams: int) -> list[float]:
    served = Served("Finito", many.load, many.stack.supervisor, many)
    many.load.open()
    served.settle()
    measured = []
    for turn in range(rounds + 1):
        many.load.ask("arm", 1)
        cpu = many.cpu()
        many.product.begin("commit", users=users)
        arrivals = many.load.ask("await", WAIT_SECONDS)["arrivals"]
        committed = many.product.answer()
        times = sorted((at - committed["at"][0]) * 1000 for _, _, at in arrivals)
        many.load.ask("idle", 0.3)
        spent = 1e6 * (many.cpu() - cpu) / streams
        if turn:  # the first one warms up
            commit = (committed["at"][0] - committed["began"]) * 1000
            measured.append([commit, times[0], times[len(times) // 2], times[-1], spent])
        if len(arrivals) < streams:
            many.load.check()
    return medians(measured)


def _peer(one: Peer, users: int, rounds: int) -> list[float | None]:
    with peer(one, users) as served:
        served.load.open()
        served.settle()
        served.load.ask("each", WAIT_SECONDS)
        cpu, measured = served.cpu(), []
        for _ in range(rounds):
            answer = served.load.ask("each", WAIT_SECONDS)
            measured.append([answer["p50_ms"], 1000 * answer["seconds"]])
            served.load.ask("idle", 0.3)
        spent = 1e6 * (served.cpu() - cpu) / users / rounds
        return [None, None, *medians(measured), spent]
