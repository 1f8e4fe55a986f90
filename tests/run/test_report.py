"""What bin/test says of its runs, and when a skipped test is a fault."""

from pathlib import Path

import pytest

from tests.run.report import could_have_run, how_it_ended, percent, skipped


def test_it_tells_how_far_a_run_is(tmp_path: Path) -> None:
    output = tmp_path / "output"
    assert percent(output) == "0%"
    output.write_text("..... [  4%]\n.........x. [ 17%]\n....")
    assert percent(output) == "17%"


@pytest.mark.parametrize(("code", "said"), [(0, "passed in 3 s"), (1, "exit code 1"), (5, "no test ran")])
def test_it_tells_how_a_run_ended(code: int, said: str) -> None:
    assert said in how_it_ended("sqlite", code, 3.2)


def test_it_counts_what_was_skipped() -> None:
    assert skipped(["a: no", "b: no", "a: no"]) == ["      2 a: no", "      1 b: no"]


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("tests/proxies/test_nginx.py: needs nginx", True),
        ("tests/browser/test_axe.py: npm packages: bin/test installs them", True),
        ("tests/proxies/test_nginx.py: needs systemd-analyze", False),
        ("tests/browser/test_pages.py: only on PostgreSQL", False),
    ],
)
def test_it_knows_what_it_could_have_brought_by_the_reason(line: str, ours: bool) -> None:
    assert could_have_run([line]) is ours
