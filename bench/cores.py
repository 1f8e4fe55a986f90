"""Who runs on which core: what is measured has one of its own, all else shares the others."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def core_of_its_own() -> Iterator[list[str]]:
    """Leave one core to whoever is started by the words given (empty where there is only one core).

    This process and all that it starts otherwise stay on the other cores meanwhile.
    """
    before = os.sched_getaffinity(0)
    if len(before) < 2 or not shutil.which("taskset"):
        yield []
        return
    own, *others = sorted(before)
    os.sched_setaffinity(0, others)
    try:
        yield ["taskset", "-c", str(own)]
    finally:
        os.sched_setaffinity(0, before)
