""".ci/audit.py reads pip-audit's report."""

import json
import runpy
from collections.abc import Callable
from typing import Any

import pytest

from launcher.environment import ROOT

FINE: dict[str, Any] = {"name": "django", "version": "5.2.19", "vulns": []}
KNOWN: dict[str, Any] = {**FINE, "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.2.20"]}]}
UNKNOWN: dict[str, Any] = {"name": "channels", "skip_reason": "not found"}


@pytest.fixture
def judge() -> Callable[[str], tuple[int, list[str]]]:
    found: Callable[[str], tuple[int, list[str]]] = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["judge"]
    return found


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([FINE], 0, ["1 packages, no known vulnerability."]),
        ([FINE, KNOWN], 1, ["django 5.2.19: PYSEC-1, mended in ['5.2.20']"]),
        ([FINE, UNKNOWN], 0, ["SKIPPED: 1 of 2 packages, which the index cannot look up: channels"]),
    ],
)
def test_it_fails_by_a_known_vulnerability_only(
    judge: Callable[[str], tuple[int, list[str]]], packages: list[Any], code: int, said: list[str]
) -> None:
    assert judge(json.dumps({"dependencies": packages, "fixes": []})) == (code, said)


def test_it_fails_by_what_is_known_though_others_are_not(judge: Callable[[str], tuple[int, list[str]]]) -> None:
    assert judge(json.dumps({"dependencies": [KNOWN, UNKNOWN]}))[0] == 1


def test_it_says_that_nobody_answered(judge: Callable[[str], tuple[int, list[str]]]) -> None:
    assert judge("") == (
        0,
        ["SKIPPED: the look-up of known vulnerabilities, since PyPI's service does not answer"],
    )
