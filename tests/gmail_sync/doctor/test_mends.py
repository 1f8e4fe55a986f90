"""A mend mends: an operator runs what the doctor says by the word, and then it finds nothing (doctor/)."""

import re
import shlex
from collections.abc import Iterator
from io import StringIO

import httpx
import pytest
import redis
from django.core.management import call_command

from gmail_sync.doctor import examination
from gmail_sync.doctor.report import FAULT, Finding
from gmail_sync.models import WorkerHeartbeat
from gmail_sync.schedule import take_notification
from gmail_sync.start_up import VARIABLE
from tests.gmail_sync.doctor.gcloud_player import GCloud
from tests.gmail_sync.doctor.planted_faults import FAULTS
from tests.gmail_sync.doctor.scene import SUBSCRIPTION, Scene
from tests.support.environment import TOPIC
from tests.support.google.harness import sync

WEBS = 1
# Those whose mend is a command, and which of its alternatives is taken.
CASES = [
    *[("no role", 0), ("role of others", 0), ("missing subscription", 0), ("missing subscription", 1)],
    *[("wrong topic", 0), ("wrong audience", 0), ("wrong service account", 0), ("not signed", 0)],
    *[("pushes nowhere", 0), ("expiry", 0), ("long ack deadline", 0), ("expired watch", 0), ("no watch", 0)],
    *[("watch on another topic", 0), ("silent watch", 0), ("refused watch", 0)],
]
OWN = re.compile(r"(?:python manage\.py|bin/manage) (.+)")


def faults() -> list[Finding]:
    return [finding for finding in examination.findings() if finding.status == FAULT]


def ways(mend: str) -> list[list[str]]:
    """Read the commands of a mend: alternatives, each of commands in order. Commands in prose stand in backticks."""
    if "`" not in mend:
        return [[mend.partition(" (")[0]]]
    return [found for part in mend.split("; or ") if (found := re.findall(r"`([^`]+)`", part))]


def carry_out(scene: Scene, mend: str, way: int = 0) -> None:
    """As an operator at the shell, who also sets what it says to set; the worker does its part."""
    for name, value in re.findall(r"set ([A-Z_]+)=(\S+) and", mend):
        setattr(scene.settings, name, value)
    for command in ways(mend)[way]:
        if own := OWN.fullmatch(command):
            call_command(*shlex.split(own[1]), stdout=StringIO())
        else:
            GCloud(scene.root).run(command)
    sync(scene.account)
    take_notification(scene.account.email, scene.gmail.history_id)  # Gmail notifies at each renewal
    sync(scene.account)


@pytest.mark.parametrize(("name", "way"), CASES)
def test_what_the_doctor_says_mends_it(scene: Scene, name: str, way: int) -> None:
    FAULTS[name].plant(scene)
    (found,) = faults()
    carry_out(scene, found.mend, way)
    assert faults() == []


@pytest.fixture
def deleted_topic(scene: Scene) -> Iterator[Scene]:
    """The topic was deleted: the subscription hears nothing any more. It has a label of its owner's."""
    topic = scene.settings.GMAIL_PUBSUB_TOPIC = f"{TOPIC}-doomed"
    httpx.delete(f"{scene.root}/v1/{SUBSCRIPTION}").raise_for_status()
    call_command("setup_pubsub", "--apply", stdout=StringIO())
    scene.patch(labels={"team": "mail"})
    sync(scene.account)
    httpx.delete(f"{scene.root}/v1/{topic}").raise_for_status()
    yield scene
    httpx.delete(f"{scene.root}/v1/{topic}")


def test_a_deleted_topic_is_one_round(deleted_topic: Scene) -> None:
    (found,) = faults()
    assert found.check == "topic"
    carry_out(deleted_topic, found.mend)
    assert faults() == []
    made = httpx.get(f"{deleted_topic.root}/v1/{SUBSCRIPTION}").json()
    assert (made["topic"], made["labels"]) == (deleted_topic.settings.GMAIL_PUBSUB_TOPIC, {"team": "mail"})
    assert deleted_topic.gmail.watched() == deleted_topic.settings.GMAIL_PUBSUB_TOPIC


def test_a_deleted_topic_is_one_round_by_hand(deleted_topic: Scene) -> None:
    out = StringIO()
    call_command("setup_pubsub", stdout=out)
    player, lines = GCloud(deleted_topic.root), out.getvalue().splitlines()
    for line in lines:
        if line.startswith("gcloud pubsub"):
            player.run(line)
    (renew,) = [own[1] for line in lines if (own := OWN.search(line)) and "renew" in line]
    call_command(*shlex.split(renew), stdout=StringIO())
    assert faults() == []


def test_a_topic_that_was_made_again_leaves_a_subscription_to_be_made_again(deleted_topic: Scene) -> None:
    GCloud(deleted_topic.root).run(f"gcloud pubsub topics create {deleted_topic.settings.GMAIL_PUBSUB_TOPIC}")
    mends = {found.check: found.mend for found in faults()}
    assert mends.keys() == {"publisher role", "subscription"}
    carry_out(deleted_topic, mends["publisher role"])
    carry_out(deleted_topic, mends["subscription"], way=1)
    assert faults() == []


@pytest.mark.parametrize("name", ["Redis without Pub/Sub commands", "Redis without channels"])
def test_what_an_administrator_of_redis_is_told_mends_it(scene: Scene, name: str) -> None:
    url = scene.settings.REDIS_URL
    FAULTS[name].plant(scene)
    (found,) = faults()
    with redis.Redis.from_url(url) as administrator:
        administrator.execute_command(*shlex.split(ways(found.mend.partition("Redis: ")[2])[0][0]))
    assert faults() == []


@pytest.mark.parametrize("started_by", ["bin/manage", ""])
def test_every_command_of_ours_is_named_as_it_is_started(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, started_by: str
) -> None:
    monkeypatch.setenv(VARIABLE, started_by)
    scene.watch(state="silent")
    WorkerHeartbeat.objects.all().delete()
    httpx.delete(f"{scene.root}/v1/{SUBSCRIPTION}").raise_for_status()
    said = " ".join(found.mend for found in faults())
    named = re.findall(r"(\S+(?: manage\.py)?) (?:setup_pubsub|sync_worker|renew_watches|check_gmail)", said)
    assert {name.strip("`") for name in named} == {started_by or "python manage.py"}
