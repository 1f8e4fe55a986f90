"""The choices of the command line that hold for every scenario."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choices:
    """Figures are medians of so many runs; `database` is "sqlite" or "postgres", `workers` how many processes."""

    runs: int
    database: str
    workers: int
