"""A command that is told to end, ends, whatever it is doing at that moment (signals.py)."""

import subprocess
import sys

import pytest

from launcher.environment import ROOT

# Its own lock is held, as it is for a moment in each wait(), set() and clear().
ENDS = """
import os, signal, threading
from realtime.signals import at_the_end
stopping = threading.Event()
at_the_end(stopping.set)
with stopping._cond:
    os.kill(os.getpid(), signal.{name})
    for _ in range(1_000):
        pass  # the handler has run by now
stopping.wait()
print("ended well")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_rule_17_it_ends_also_when_the_signal_comes_in_the_middle_of_a_wait(name: str) -> None:
    command = [sys.executable, "-c", ENDS.format(name=name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert (ended.returncode, ended.stdout) == (0, "ended well\n"), ended.stderr
