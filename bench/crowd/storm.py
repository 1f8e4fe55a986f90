"""`storm`: all streams drop and come back at once, each some events behind, to the same web or to a new one."""

from bench.choices import Choices
from bench.crowd.crowd import crowd
from bench.crowd.served import Served, name_missing, peer
from bench.peers.catalogue import Missing, Peer, peers
from bench.table import Table, medians
from launcher.supervisor import Failed

BEHIND = 5
SIZES = [1_000, 2_000]
LIMIT_SECONDS = 120


def run(choices: Choices) -> list[Table]:
    """Measure Finito at each size and at a new web, then the peers, which have nothing to catch up on."""
    sizes = [20, 40] if choices.small else SIZES
    table = Table(
        f"storm: all streams come back at once ({choices.database}, median of {choices.runs} runs)",
        ["server", "streams", "behind", "seconds until all stand", "until all have caught up", "server CPU ms each"],
        notes=[
            "A connect is by all at once. Caught up: each stream has every event that was committed meanwhile, in "
            "order, behind the number that it came with. A new web: the old one was killed, and no group is joined.",
            "Peers replay nothing: caught up is that all have an event that was sent after the last one stood.",
        ],
    )
    for size in sizes:
        runs = [_finito(choices.database, size, new=False) for _ in range(choices.runs)]
        table.add("Finito", size, BEHIND, *medians(runs))
    runs = [_finito(choices.database, sizes[0], new=True) for _ in range(choices.runs)]
    table.add("Finito, a new web", sizes[0], BEHIND, *medians(runs))
    for one in peers(choices.small):
        try:
            table.add(one.name, sizes[0], 0, *medians([_peer(one, sizes[0]) for _ in range(choices.runs)]))
        except (Missing, Failed) as why:
            name_missing(table, one, why)
    return [table]


def _finito(database: str, size: int, *, new: bool) -> tuple[float, ...]:
    """Seconds until all stand, seconds until all have caught up, CPU ms a stream."""
    with crowd(database, size) as many:
        served = Served("Finito", many.load, many.stack.supervisor, many)
        many.load.open()
        served.settle()
        many.load.ask("drop")
        many.product.ask("commit", users=many.user_ids, events=BEHIND)
        if new:
            many.stack.restart_web()
        many.load.ask("idle", 2)
        return _back(served, size, ahead=BEHIND)


def _peer(one: Peer, size: int) -> tuple[float, ...]:
    with peer(one, size) as served:
        served.load.open()
        served.settle()
        served.load.ask("drop")
        served.load.ask("idle", 2)
        stood, _, cpu = _back(served, size, ahead=0)
        return stood, stood + served.load.ask("each", 20)["seconds"], cpu


def _back(served: Served, size: int, ahead: int) -> tuple[float, ...]:
    cpu = served.cpu()
    came = served.load.open(at_once=size, resume=True, ahead=ahead, seconds=LIMIT_SECONDS)
    return came["placed_seconds"], came["seconds"], 1000 * (served.cpu() - cpu) / size
