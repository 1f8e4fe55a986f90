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


HANGS = """
import os, signal, threading
from realtime import signals
signals.LAST_SECONDS = 0.5
stopped = threading.Event()
signals.at_the_end(stopped.set)
threading.Thread(target=lambda: stopped.wait() and print("told", flush=True)).start()
threading.Timer(0.2, os.kill, [os.getpid(), signal.{name}]).start()
{waits}
print("ended well")
"""
IN_C = """
import sqlite3, tempfile
path = tempfile.mkdtemp() + "/file"
held = sqlite3.connect(path, isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
sqlite3.connect(path, timeout=100).execute("BEGIN EXCLUSIVE")  # sees no signal meanwhile
"""
IN_PYTHON = "threading.Event().wait()"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("waits", [IN_C, IN_PYTHON], ids=["in_c", "in_python"])
def test_rule_17_it_ends_also_when_it_hangs(name: str, waits: str) -> None:
    command = [sys.executable, "-c", HANGS.format(name=name, waits=waits)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    assert (ended.returncode, ended.stdout.splitlines()[0]) == (0, "told"), ended.stderr
    assert "process.ended_hanging" in ended.stdout + ended.stderr
