"""`--docs`: writes measured tables into the pages, between the marks that name their scenario.

A page has `<!-- bench: deliver -->` and `<!-- bench: end -->`; what is between them is written anew, for the scenarios
that were measured and no others. `<!-- bench: figures -->` is the short list of README.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.table import Table, shown
from launcher.environment import ROOT

PAGES = [ROOT / "README.md", ROOT / "docs/scaling.md", ROOT / "docs/performance.md"]
_BLOCK = re.compile(r"(<!-- bench: (\w+) -->\n).*?(<!-- bench: end -->)", re.DOTALL)
# What README shows: the words, the scenario, the beginning of the row's first cell, the column, the unit.
FIGURES = [
    ("Redis to the page, at 1,000 events a second", "deliver", "Finito", "p50 ms at 1,000/s", "ms"),
    ("one event, CPU of the web", "deliver", "Finito", "server CPU µs", "µs"),
    ("1,000 pages that return at once, each 5 events behind", "storm", "Finito", "until all have caught up", "s"),
    ("an open page that waits", "idle", "Finito", "kB a stream", "kB"),
    ("one push, CPU of the web", "push", "taken", "CPU ms of the web, each", "ms"),
    ("one new mail, CPU of the worker", "mail", "", "worker CPU ms a mail", "ms"),
]


def write(tables: Sequence[Table], pages: Sequence[Path] = PAGES) -> list[Path]:
    """Write the tables into the pages that have a place for them; returns the pages that changed."""
    by_scenario: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        by_scenario[table.title.partition(":")[0]].append(table)
    blocks = {name: "\n".join(table.markdown() for table in some) for name, some in by_scenario.items()}
    if measured := figures(by_scenario):
        blocks["figures"] = measured
    changed = []
    for page in pages:
        before = page.read_text()
        after = _BLOCK.sub(lambda found: _filled(found, blocks), before)
        if after != before:
            page.write_text(after)
            changed.append(page)
    return changed


def figures(by_scenario: Mapping[str, Sequence[Table]]) -> str:
    """Write README's list; empty unless everything in it was measured, so that it is never of two days."""
    lines = ["| | measured |", "|---|---|"]
    for words, scenario, begins, column, unit in FIGURES:
        cells = [
            row[table.columns.index(column)]
            for table in by_scenario.get(scenario, [])
            if column in table.columns
            for row in table.rows
            if str(row[0]).startswith(begins)
        ]
        if not cells or cells[0] is None:
            return ""
        lines.append(f"| {words} | {shown(cells[0])} {unit} |")
    return "\n".join(lines) + "\n"


def _filled(found: re.Match[str], blocks: Mapping[str, str]) -> str:
    begin, name, end = found.groups()
    return f"{begin}{blocks[name]}{end}" if name in blocks else found[0]
