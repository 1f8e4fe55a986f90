"""The doctor finds each planted fault, that one alone, and names what mends it; none when all is well (doctor/).

Real are the simulator, the Valkey, the web that answers at the push endpoint, and the database.
"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from launcher.supervisor import Failed
from tests.gmail_sync.doctor.planted_faults import FAULTS
from tests.gmail_sync.doctor.scene import Json, Scene
from tests.support.google.service_account import write_key
from tests.support.live import Stack

WEBS = 1


def check_gmail() -> list[Json]:
    """Run it; returns its findings. Fails if its end does not fit them."""
    out, fault = StringIO(), None
    try:
        call_command("check_gmail", "--json", stdout=out, stderr=StringIO())
    except CommandError as error:
        fault = error
    found: list[Json] = json.loads(out.getvalue())
    faults = sum(finding["status"] == "fault" for finding in found)
    assert (str(fault) if fault else "").partition(" ")[0] == (str(faults) if faults else "")
    return found


def test_it_finds_nothing_when_all_is_well(scene: Scene) -> None:
    found = check_gmail()
    assert {finding["status"] for finding in found} == {"ok"}, found
    email = scene.account.email
    assert [finding["check"] for finding in found] == [
        *("settings", "database", "database clock", "redis", "oauth client", "clock", "service account", "topic"),
        *(
            "publisher role",
            "subscription",
            "certs",
            "webhook",
            "supabase",
            "worker",
            f"mailbox {email}",
            f"watch {email}",
        ),
    ]


@pytest.mark.parametrize("name", FAULTS)
def test_it_finds_the_planted_fault_alone_and_its_mend(scene: Scene, name: str) -> None:
    fault = FAULTS[name]
    fault.plant(scene)
    found = [finding for finding in check_gmail() if finding["status"] == "fault"]
    assert [finding["check"].partition(f" {scene.account.email}")[0] for finding in found] == [fault.check], found
    assert fault.said in found[0]["said"]
    assert fault.mend in found[0]["mend"]


def test_it_sees_a_whole_system_as_its_operator_would(shared: Stack, tmp_path: Path) -> None:
    key = write_key(tmp_path / "key.json", f"{shared.simulator.url}/token")
    shared.environment["GOOGLE_APPLICATION_CREDENTIALS"] = key
    shared.sign_in("ann").connect("ann@gmail.example")
    shared.manage("setup_pubsub", "--apply")
    assert shared.manage("check_gmail").splitlines()[-1] == "0 faults: 15 checks ok, 1 skipped."
    shared.stop("worker0")
    with pytest.raises(Failed):
        shared.manage("check_gmail", "--no-color")
    lines = shared.log("manage").splitlines()
    assert lines[-1] == "CommandError: 1 fault."
    mend = "Mend: python manage.py sync_worker"
    assert f"worker: fault: none has written its heartbeat for 30 s. {mend}" in "".join(lines)
