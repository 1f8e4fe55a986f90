"""`commit`: from the end of a commit to the event at the user's socket, at a steady pace."""

from bench.choices import Choices
from bench.crowd.crowd import Crowd, crowd
from bench.crowd.served import Served
from bench.table import Table, median, percentile

USERS, ROUNDS = 200, 5
PACES = [50, 200]  # commits a second


def run(choices: Choices) -> list[Table]:
    """Commit one event after the other, each for another user with a stream."""
    users, rounds = (20, 1) if choices.small else (USERS, ROUNDS * choices.runs)
    table = Table(
        f"commit: milliseconds from the commit to the event at the socket ({choices.database})",
        ["commits a second", "commits", "p50", "p95", "p99", "server CPU ms each"],
        notes=[
            f"One transaction and one event each, by the product's log in a process of its own; {users} users with a "
            "stream each. The end of the commit is when the transaction's block is left. All numbers were checked.",
        ],
    )
    with crowd(choices.database, users) as many:
        many.load.open()
        Served("Finito", many.load, many.stack.supervisor, many).settle()
        for pace in PACES:
            times: list[float] = []
            cpu = many.cpu()
            for _ in range(rounds):
                times += one_round(many, 1 / pace)
            spent = 1000 * (many.cpu() - cpu) / len(times)
            table.add(pace, len(times), median(times), percentile(times, 95), percentile(times, 99), spent)
    return [table]


def one_round(many: Crowd, gap: float) -> list[float]:
    """Commit for each user; returns the milliseconds from each commit to its event at the socket."""
    many.load.ask("arm", 1)
    many.product.begin("paced", users=many.user_ids, gap=gap)
    arrivals = {user: at for user, _, at in many.load.ask("await", 60)["arrivals"]}
    committed = dict(zip(many.user_ids, many.product.answer()["at"], strict=True))
    return [(arrivals[user] - at) * 1000 for user, at in committed.items()]
