"""The result of a scenario: named columns, rows and notes, as text for people and as JSON for programs."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Cell = str | int | float | None


@dataclass
class Table:
    """One table; a note under it says what the figures mean and do not mean."""

    title: str
    columns: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        """Add a row. Raises ValueError if it does not fit."""
        if len(cells) != len(self.columns):
            raise ValueError(f"{len(cells)} cells for {len(self.columns)} columns")
        self.rows.append(list(cells))

    def text(self) -> str:
        """Aligned; numbers stand to the right."""
        written = [self.columns, *([shown(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[number]) for row in written) for number in range(len(self.columns))]
        right = [all(not isinstance(row[n], str) for row in self.rows) for n in range(len(self.columns))]
        lines = []
        for row in written:
            cells = zip(row, widths, right, strict=True)
            lines.append("  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in cells).rstrip())
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, *lines, *(f"* {note}" for note in self.notes)])

    def markdown(self) -> str:
        """For a page: the title, the table, the notes below it."""
        lines = [f"**{self.title}**", "", f"| {' | '.join(self.columns)} |", f"|{'---|' * len(self.columns)}"]
        lines += [f"| {' | '.join(shown(cell) for cell in row)} |" for row in self.rows]
        return "\n".join([*lines, "", *(f"{note}  " for note in self.notes)]).rstrip() + "\n"

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def shown(cell: Cell) -> str:
    """Write a cell as people read it: three figures are enough of a measurement."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return str(cell)


def median(values: Sequence[float]) -> float:
    """Return the middle one."""
    return float(statistics.median(values))


def medians(runs: Iterable[Sequence[float]]) -> list[float]:
    """Return the middle one of each figure of the runs."""
    return [median(column) for column in zip(*runs, strict=True)]


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
