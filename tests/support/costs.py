"""Tells how much more a piece of work costs than another one, on a machine that has other work and stands still at
times."""

import time
from collections.abc import Callable

ROUNDS = 7
NOISE_SECONDS = 1e-4  # what costs less is not told from the clock's own steps


def cost_ratio(large: Callable[[], object], small: Callable[[], object]) -> float:
    """Return how many times as much processor time `large` takes as `small`, each at its best.

    They take turns: a slow spell of the machine meets both, and one quiet moment of each is enough. The time is this
    thread's alone, since other threads of the tests go on meanwhile.
    """
    taken = [(_seconds(large), _seconds(small)) for _ in range(ROUNDS)]
    best_large, best_small = min(large for large, _ in taken), min(small for _, small in taken)
    return best_large / max(NOISE_SECONDS, best_small)


def _seconds(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began
