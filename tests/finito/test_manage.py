"""manage.py ends as other programs do, whatever stands at its streams."""

import os
import subprocess
import sys

import pytest

from launcher.environment import ROOT

MANAGE = [sys.executable, "manage.py", "help", "--commands"]


@pytest.mark.parametrize("buffering", ["", "1"])
def test_it_ends_without_a_word_where_nobody_reads(buffering: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONUNBUFFERED": buffering}
    ended = subprocess.run(MANAGE, cwd=ROOT, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_it_works_without_streams(closing: str) -> None:
    command = ["sh", "-c", f'exec "$@" {closing}', "sh", *MANAGE]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
