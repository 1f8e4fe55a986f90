"""`idle`: what many streams cost on which nothing happens: CPU, memory, and how fast they come."""

import time
from contextlib import AbstractContextManager

from bench.choices import Choices
from bench.crowd.crowd import BEAT_SECONDS
from bench.crowd.served import Served, finito, name_missing, peer
from bench.peers.catalogue import Missing, peers
from bench.processes import memory_kb
from bench.table import Table, medians
from launcher.supervisor import Failed

STREAMS = 10_000
AT_ONCE = 128
QUIET_SECONDS = 5  # after the last connect: what joining has left to do is done
SECONDS = BEAT_SECONDS  # each stream beats once
CONNECT_SECONDS = 600
COLUMNS = ["server", "streams", "connects a second", "CPU ms a connect", "kB a stream", "CPU % of a core", "beats"]


def run(choices: Choices) -> list[Table]:
    """Open them, let them stand for a while, and count; Finito first."""
    streams, quiet, seconds = (100, 1, 2) if choices.small else (STREAMS, QUIET_SECONDS, SECONDS)
    table = Table(
        f"idle: streams on which nothing happens ({choices.database}, median of {choices.runs} runs)",
        COLUMNS,
        notes=[
            f"CPU from {quiet} s after the last connect, for {seconds} s; each stream beats each {BEAT_SECONDS} s. "
            f"{AT_ONCE} connect at a time; a connect's CPU contains what it leaves to be done in those {quiet} s. kB: "
            "growth of the server's memory from none to all. Each of Finito's has a user and a session of its own, a "
            "peer's has neither.",
            "Some peers hold two descriptors a stream, hence fewer streams. django-eventstream beats each 20 s.",
        ],
    )

    def measured(serve: AbstractContextManager[Served], count: int) -> list[float]:
        with serve as served:
            return _measure(served, count, quiet, seconds)

    runs = [measured(finito(choices.database, streams), streams) for _ in range(choices.runs)]
    table.add("Finito", streams, *medians(runs))
    for one in peers(choices.small):
        count = min(streams, one.most)
        try:
            table.add(one.name, count, *medians([measured(peer(one, count), count) for _ in range(choices.runs)]))
        except (Missing, Failed) as why:
            name_missing(table, one, why)
    return [table]


def _measure(served: Served, streams: int, quiet: float, seconds: float) -> list[float]:
    before, at_first = memory_kb(served.pids()), served.cpu()
    opened = served.load.open(at_once=AT_ONCE, seconds=CONNECT_SECONDS)
    served.load.ask("idle", quiet)
    kilobytes = (memory_kb(served.pids()) - before) / streams
    began, cpu, beats = time.monotonic(), served.cpu(), served.load.counts()["beats"]
    served.load.ask("idle", seconds)
    spent, took = served.cpu() - cpu, time.monotonic() - began
    beats = served.load.counts()["beats"] - beats
    connect = 1000 * (cpu - at_first) / streams
    return [streams / opened["placed_seconds"], connect, kilobytes, 100 * spent / took, beats]
