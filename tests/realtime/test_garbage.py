"""A web's collector leaves a crowd alone that stays, and still takes what nobody holds (garbage.py)."""

import json
import subprocess
import sys

import pytest

from launcher.environment import ROOT

# 10,000 streams that come and stay, a hundred answers about all their heads, and garbage that only it can find.
LIFE = """
import gc, json, sys
from realtime import garbage
if sys.argv[1] == "ours":
    garbage.expect_a_crowd()
full, taken = [], []
gc.callbacks.append(lambda phase, info: phase == "stop" and info["generation"] == 2 and full.append(info))
streams = [[[] for _ in range(75)] for _ in range(10_000)]
came, full[:] = len(full), []
for _ in range(100):
    answer = [(["user"], ["head"]) for _ in range(10_000)]
    answer = None
stayed = len(full)
gc.callbacks.append(lambda phase, info: phase == "stop" and taken.append(info["collected"]))
for _ in range(200_000):
    knot = []
    knot.append(knot)
print(json.dumps([came, stayed, sum(taken)]))
"""


@pytest.fixture(scope="module")
def lives() -> dict[str, list[int]]:
    """How often all objects were looked at while the crowd came, and stayed; how many knots were taken."""
    commands = {who: [sys.executable, "-c", LIFE, who] for who in ("ours", "python")}
    return {who: json.loads(subprocess.check_output(command, cwd=ROOT)) for who, command in commands.items()}


def test_it_looks_seldom_at_a_crowd_that_comes(lives: dict[str, list[int]]) -> None:
    assert 4 * lives["ours"][0] < lives["python"][0]


def test_it_looks_seldom_at_a_crowd_that_stays(lives: dict[str, list[int]]) -> None:
    assert 4 * lives["ours"][1] < lives["python"][1]


def test_it_takes_what_nobody_holds(lives: dict[str, list[int]]) -> None:
    assert lives["ours"][2] >= 150_000
