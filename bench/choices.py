"""The choices of the command line that hold for every scenario."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choices:
    """Figures are medians of so many runs; `database` is "sqlite" or "postgres", `workers` how many processes.

    `small` makes the scenarios of many streams few: whether all is as it should be, in seconds, and no figures.
    """

    runs: int
    database: str
    workers: int
    small: bool = False
