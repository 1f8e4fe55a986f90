"""The benchmarks print tables that people and programs read."""

import json

import pytest

from bench.table import Table, median, percentile


def test_it_aligns_numbers_to_the_right_and_words_to_the_left() -> None:
    table = Table("units", ["change", "units", "ratio"], notes=["a note"])
    table.add("1 new mail", 25, 1.0)
    table.add("burst", 1234.4, None)
    assert table.text().splitlines() == [
        "units",
        "change      units  ratio",
        "----------  -----  -----",
        "1 new mail     25      1",
        "burst       1,234      -",
        "* a note",
    ]


def test_it_refuses_a_row_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table("units", ["change", "units"]).add("1 new mail")


def test_it_is_json() -> None:
    table = Table("units", ["change"])
    table.add("1 new mail")
    written = json.loads(json.dumps(table.document()))
    assert written == {"title": "units", "columns": ["change"], "rows": [["1 new mail"]], "notes": []}


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (75, 3), (95, 4), (100, 4)])
def test_it_takes_a_percentile_that_was_measured(percent: int, value: int) -> None:
    assert percentile([4, 1, 3, 2], percent) == value


def test_it_takes_the_middle() -> None:
    assert median([3, 1, 2]) == 2
    assert median([1, 2]) == 1.5
