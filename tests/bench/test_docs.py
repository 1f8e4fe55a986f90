"""`bin/bench --docs` writes what was measured where a page has a place for it, and nothing else (bench/docs.py)."""

from pathlib import Path

import pytest

from bench import docs
from bench.__main__ import SCENARIOS
from bench.table import Table
from launcher.environment import ROOT

PAGE = """Before.
<!-- bench: push -->
| old |
<!-- bench: end -->
Between.
<!-- bench: idle -->
kept
<!-- bench: end -->
"""


def table(scenario: str, columns: list[str], *cells: str | float) -> Table:
    made = Table(f"{scenario}: a title", columns, notes=["A note."])
    made.add(*cells)
    return made


def test_it_writes_a_table_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "a-page"
    page.write_text(PAGE)
    pushes = table("push", ["push", "a second"], "taken", 1234.4)
    assert docs.write([pushes], [page]) == [page]
    assert page.read_text() == PAGE.replace("| old |\n", pushes.markdown())
    assert "| taken | 1,234 |\n" in page.read_text()
    assert docs.write([pushes], [page]) == []


def test_it_writes_both_tables_of_a_scenario(tmp_path: Path) -> None:
    page = tmp_path / "a-page"
    page.write_text(PAGE)
    docs.write([table("push", ["a"], "first"), table("push", ["a"], "second")], [page])
    assert (
        page.read_text().index("| first |") < page.read_text().index("| second |") < page.read_text().index("Between")
    )


def measured() -> list[Table]:
    return [table(scenario, ["who", column], begins or "x", 1.5) for _, scenario, begins, column, _ in docs.FIGURES]


def test_it_writes_the_figures_only_when_all_were_measured(tmp_path: Path) -> None:
    page = tmp_path / "a-page"
    page.write_text("<!-- bench: figures -->\nold\n<!-- bench: end -->\n")
    assert docs.write(measured()[1:], [page]) == []
    assert docs.write(measured(), [page]) == [page]
    assert page.read_text().count(" | 1.5 ") == len(docs.FIGURES)


@pytest.mark.parametrize("page", docs.PAGES, ids=lambda page: page.name)
def test_every_mark_of_a_page_names_a_scenario(page: Path) -> None:
    text = page.read_text()
    marks = [mark.partition(" -->")[0] for mark in text.split("<!-- bench: ")[1:]]
    assert marks[1::2] == ["end"] * (len(marks) // 2)
    assert set(marks[::2]) <= {*SCENARIOS, "figures"}
    assert page.is_relative_to(ROOT)
