"""How often a server of many streams looks for garbage, while nobody is served."""

import gc

# Python's own are 700, 10, 10: made for programs in which little stays. A stream is 76 objects, all of which stay, and
# the heads of 10,000 users are 30,000 that go at once; both count as growth, and so made it look at everything anew.
YOUNG = 50_000  # new objects, 5 MB at the most: looked at alone
MIDDLE = 5  # times of that
OLD = 10  # times of both; and only where what survived is a quarter of all (Python's own rule)


def expect_a_crowd() -> None:
    """Look no more at what a start has left, which lives as long as the process, and seldom at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
