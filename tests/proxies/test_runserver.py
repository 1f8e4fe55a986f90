"""The stream on daphne, which serves `manage.py runserver`: events arrive, are resumed, and end with the session."""

import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT
from tests.support.live import Stack
from tests.support.live_page import Page
from tests.support.waiting import eventually

EMAIL = "ann@gmail.example"


def test_it_delivers_resumes_and_ends_on_runserver(tmp_path: Path) -> None:
    stack = Stack(tmp_path, webs=1)
    address = f"127.0.0.1:{stack.web_ports[0]}"
    stack.commands["web0"] = [sys.executable, "manage.py", "runserver", "--noreload", address]
    with stack:
        ann = stack.sign_in("ann")
        assert ann.get("/livez").headers["server"] == "daphne"
        assert ann.get("/static/finito/finito.css").headers["content-type"].startswith("text/css")
        ann.connect(EMAIL, messages=3)
        with Page(ann) as page:
            stack.simulator.deliver(EMAIL, count=2)
            eventually(lambda: len(page.frames) >= 2 and page.agrees(stack, EMAIL))
            page.stream.close()
            stack.simulator.deliver(EMAIL, count=2)
            page.come_back()
            eventually(lambda: page.agrees(stack, EMAIL))
            page.come_back(lost=3)
            eventually(lambda: page.agrees(stack, EMAIL))
            assert ann.post("/logout/").status_code == 302
            page.stream.wait_for_end()
            last = page.stream.frames[-1]
            assert (last.event, last.payload) == ("bye", {"reason": "auth"})
            page.come_back()
            assert page.stream.status == 204
        assert "Traceback" not in stack.log("web0")


@pytest.mark.parametrize("options", [[], ["--noreload"]], ids=["reloading", "once"])
@pytest.mark.parametrize(("debug", "said"), [("True", "REDIS_URL is not set"), ("False", "ALLOWED_HOSTS")])
def test_it_says_in_one_sentence_what_runserver_lacks(options: list[str], debug: str, said: str) -> None:
    environment = {**os.environ, **ENVIRONMENT, "DEBUG": debug, "ALLOWED_HOSTS": "", "REDIS_URL": ""}
    command = [sys.executable, "manage.py", "runserver", *options, "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT, text=True)
    assert process.stdout is not None
    output = ""
    try:
        while said not in output and (line := process.stdout.readline()):  # the reloader then waits for a mend
            output += line
    finally:
        process.terminate()
        process.wait(60)
    assert said in output
    assert "Traceback" not in output
    assert 'File "' not in output
