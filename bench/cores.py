"""Who runs on which core: what is measured has cores of its own, all else shares the others."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cores_of_their_own(processes: int = 1) -> Iterator[list[list[str]]]:
    """Leave so many processes a core each; yields, one for each of them, the words that start it there.

    One core stays for this process and all that it starts otherwise: where there are too few, some share theirs, and
    where there is only one, all share it.
    """
    before = os.sched_getaffinity(0)
    if not processes or len(before) < 2 or not shutil.which("taskset"):
        yield [[]] * processes
        return
    own, others = _divided(sorted(before), processes)
    os.sched_setaffinity(0, others)
    try:
        yield [["taskset", "-c", str(own[number % len(own)])] for number in range(processes)]
    finally:
        os.sched_setaffinity(0, before)


def sharing(processes: int) -> list[str]:
    """Say in a note for a table that these processes share cores; nothing where each has its own."""
    own, _ = _divided(sorted(os.sched_getaffinity(0)), processes)
    if len(own) >= processes:
        return []
    return [f"{processes} workers share {len(own)} core(s) here, and would do more with one each."]


def _divided(cores: list[int], processes: int) -> tuple[list[int], list[int]]:
    """Return the cores for the processes and those for all else, which may be the only one."""
    most = max(1, min(processes, len(cores) - 1))
    return cores[:most], cores[most:] or cores
