"""`watch_transport` as an operator runs it: its end, its verdict, and what stays of it."""

import subprocess
import sys
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections

from launcher.environment import ROOT
from realtime import totals
from realtime.management.commands import watch_transport
from realtime.transport.supabase.canary import Canary
from tests.realtime.conftest import MakeEvents
from tests.realtime.transport.supabase.test_processes import environment_of
from tests.support.supabase import Supabase
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database

SEEN = ("finito_shadow_events_total", (("result", "seen"),))


def test_rule_23_the_command_fails_above_the_share(
    there: Supabase,
    rolled_out: None,
    users: list[User],
    happen: MakeEvents,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    birds: list[Canary] = []

    def hatch(*made_of: Any) -> Canary:
        birds.append(Canary(*made_of))
        return birds[0]

    monkeypatch.setattr(watch_transport, "Canary", hatch)

    def meanwhile() -> None:
        eventually(lambda: birds and birds[0].listens == 20)
        there.fault("delivery", drop=True, times=1)
        happen(*users[:4])
        connections.close_all()
        eventually(lambda: (birds[0].figures.events["seen"], birds[0].figures.events["missing"]) == (3, 1))
        birds[0].stopping.set()

    thread = threading.Thread(target=meanwhile)
    thread.start()
    with pytest.raises(CommandError, match=r"25\.000% of the events are missing"):
        call_command("watch_transport", "--for", "2m", "--fail-above", "0.1")
    thread.join()
    assert "In all: 3 seen, 1 missing, 0 late, 0 repeated, 0 reordered" in capsys.readouterr().out


def test_rule_23_the_process_ends_well_and_its_counts_stay(
    there: Supabase, rolled_out: None, ann: User, happen: MakeEvents
) -> None:
    def seen() -> float:
        return totals.stored().counts.get(SEEN, 0.0)

    def enough() -> bool:  # it counts from the first look at the log after its join
        happen(ann)
        return threading.Event().wait(0.5) or seen() >= 3

    command = [sys.executable, "manage.py", "watch_transport"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment_of(there), cwd=ROOT) as process:
        eventually(enough)
        process.terminate()
        said = process.communicate(timeout=60)[0]
    assert (process.returncode, f"In all: {seen():.0f} seen, 0 missing" in said) == (0, True), said


@pytest.mark.parametrize("words", [("--for", "1"), ("--for", "h"), ("--for", "0s")])
def test_it_refuses_a_time_that_it_cannot_read(there: Supabase, words: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="with s, m, h or d"):
        call_command("watch_transport", *words)


def test_it_fails_where_it_can_listen_to_nobody(there: Supabase, transactional_db: None, quick: None) -> None:
    with pytest.raises(CommandError, match="No topic was heard"):
        call_command("watch_transport", "--for", "1s")


def test_it_needs_a_project() -> None:
    with pytest.raises(CommandError, match="No Supabase project is configured"):
        call_command("watch_transport")


@pytest.mark.parametrize("share", ["nan", "-0.1", "1.5", "inf"])
def test_it_takes_no_share_that_nothing_can_be_above(there: Supabase, share: str) -> None:
    with pytest.raises(CommandError, match="--fail-above is a share from 0 to 1"):
        call_command("watch_transport", f"--fail-above={share}")
