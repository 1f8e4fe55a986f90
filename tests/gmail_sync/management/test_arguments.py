"""What cannot be meant is one sentence and exit 1, and changes nothing."""

import io
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT

NO_TEXT = b"a\xffb"


@pytest.mark.parametrize("threads", ["0", "-3", "101"])
def test_a_worker_without_threads_does_not_start(threads: str) -> None:
    with pytest.raises(CommandError, match="--threads is a number from 1 to 100"):
        call_command("sync_worker", "--threads", threads)


@pytest.mark.parametrize(
    "arguments", [[b"create_user", NO_TEXT], [b"sync_accounts", b"--account", NO_TEXT], [b"transport", b"off", NO_TEXT]]
)
def test_it_refuses_an_argument_that_is_no_text(arguments: list[bytes]) -> None:
    command = [os.fsencode(sys.executable), b"manage.py", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, **ENVIRONMENT}, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (1, b"An argument is no UTF-8 text.\n")


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_it_refuses_a_password_that_is_no_text(monkeypatch: pytest.MonkeyPatch, errors: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(NO_TEXT * 9), "utf-8", errors))
    with pytest.raises(CommandError, match="The password is no UTF-8 text; no user was made"):
        call_command("create_user", "ann")
