"""Who beats in the database and is not heard through Redis; and who is not to blame."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from realtime.models import ProcessPulse
from realtime.stream.hub import get_hub
from realtime.transport import hearing, publish, pulse
from realtime.transport.hearing import Hearing
from realtime.transport.pulse import Pulse
from tests.realtime.page import in_thread, joined, serve, until

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(hearing, "time", self)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def row(id: str, started: float = 100, beaten: float = 5, **columns: Any) -> ProcessPulse:
    ages = {"started_at": Now() - timedelta(seconds=started), "beaten_at": Now() - timedelta(seconds=beaten)}
    return ProcessPulse.objects.create(id=id, kind="worker", process=f"{id}:1", **ages, **columns)


def test_it_looks_for_who_beats_and_should_have_been_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "ON_THE_WAY_SECONDS", 10)
    row("beats", beaten=12)
    row("beat-just-now", beaten=1)
    row("began", started=10)
    row("ended", beaten=25)
    assert hearing.beating() == {"beats": True, "beat-just-now": False}


def test_it_misses_who_is_silent_until_they_are_heard(clock: Clock) -> None:
    renewals: list[float] = []
    ear = Hearing(lambda: renewals.append(clock.now))
    clock.now += 24
    ear.judge({"a": True, "b": True})
    assert ear.unheard == set()
    ear.hear("b")
    clock.now += 2
    ear.judge({"a": True, "b": True})
    assert (ear.unheard, len(renewals)) == ({"a"}, 1)
    ear.judge({"a": False, "b": True})  # it beats again: that says nothing of whether it will be heard
    assert ear.told() == ["a"]
    ear.listen(False)
    ear.listen(True)  # by the renewal: who was not heard is not forgiven
    ear.judge({"a": True, "b": True})
    assert ear.told() == ["a"]
    ear.hear("a")
    assert (ear.told(), len(renewals)) == ([], 1)


def test_it_blames_nobody_while_it_hears_nothing_itself(clock: Clock) -> None:
    ear = Hearing(lambda: None)
    ear.listen(False)
    clock.now += 100
    ear.judge({"a": True})
    ear.listen(True)
    clock.now += 20
    ear.judge({"a": True})
    assert ear.unheard == set()


def test_it_forgets_who_has_ended(clock: Clock) -> None:
    ear = Hearing(lambda: None)
    clock.now += 100
    ear.judge({"a": True})
    ear.judge({})
    assert ear.told() == []


def test_it_says_whom_it_does_not_hear_and_removes_its_row() -> None:
    beat = Pulse("web", lambda: ["w"])
    beat.beat()
    row("w", beaten=1)
    ((deaf, unheard),) = pulse.deaf()
    assert (deaf.id, [one.id for one in unheard]) == (beat.id, ["w"])
    beat.start()
    beat.stop()
    assert pulse.deaf() == []


def test_who_is_not_heard_connects_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed: list[bool] = []
    monkeypatch.setattr(publish, "renew", lambda: renewed.append(True))
    beat = Pulse("worker")
    beat.beat()
    assert renewed == []
    row("web", unheard=[beat.id])
    beat.beat()
    assert renewed == [True]


def test_a_web_hears_the_pulse_of_a_worker() -> None:
    async def story() -> None:
        hub = get_hub()
        await hub.start()
        await until(lambda: 0 in joined(hub.listener))
        beat = Pulse("worker")
        hub.hearing.unheard = {beat.id}
        hub._say_whether_degraded()
        assert hub.degraded
        await in_thread(beat.beat)
        await until(lambda: not hub.degraded, "it was not heard")

    serve(story)
