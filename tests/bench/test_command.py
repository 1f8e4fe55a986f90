"""bin/bench as somebody meets it (bench/__main__.py)."""

import subprocess

import pytest

from bench.__main__ import SCENARIOS, parser
from launcher.environment import ROOT


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([ROOT / "bin/bench", *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_it_lists_the_scenario(name: str) -> None:
    assert name in SCENARIOS
    assert f"\n  {name} " in parser().format_help()


def test_it_helps() -> None:
    answer = bench("--help")
    assert answer.returncode == 0
    assert answer.stdout == parser().format_help()


def test_it_refuses_a_scenario_that_it_does_not_have() -> None:
    answer = bench("speed")
    assert answer.returncode == 2
    assert "no such scenario: speed" in answer.stderr
