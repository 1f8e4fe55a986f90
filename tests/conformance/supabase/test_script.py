"""The twenty steps hold for the stand-in, and each fault of a project fails the steps that are about it."""

import os
from typing import Any

import pytest

from tests.conformance.supabase.__main__ import judge
from tests.conformance.supabase.steps import STEPS
from tests.conformance.supabase.target import Target
from tests.conformance.supabase.tokens import private_jwk
from tests.support.environment import NOBODY
from tests.support.supabase import PUBLISHABLE_KEY, SIGNING_KEY, Supabase


@pytest.fixture
def target(supabase: Supabase) -> Target:
    """The project that the environment names, or the one that the simulator plays."""
    names = ("URL", "PUBLISHABLE_KEY", "SIGNING_KEY")
    given = [os.environ.get(f"FINITO_SUPABASE_{name}", "") for name in names]
    return Target(*given) if all(given) else Target(supabase.url, PUBLISHABLE_KEY, SIGNING_KEY)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_it_holds(step: Any, target: Target) -> None:
    step(target)


def test_it_has_twenty_steps_and_a_mend_for_each() -> None:
    assert len(STEPS) == 20
    assert all(" Mend: " in str(step.__doc__) for step in STEPS)


@pytest.mark.parametrize(
    ("mistake", "noticed"),
    [
        ({"policy": "none"}, ["it_takes_a_broadcast_of_the_publisher", "it_delivers_what_was_posted"]),
        ({"policy": "open"}, ["it_refuses_a_foreign_topic", "it_refuses_a_broadcast_of_a_listener"]),
        ({"signing_keys": [private_jwk("another")]}, ["it_takes_a_broadcast_of_the_publisher"]),
        ({"events_per_second": 0}, ["it_takes_a_broadcast_of_the_publisher"]),
    ],
    ids=["no policies", "a policy too wide", "the key not imported", "over the plan"],
)
def test_it_notices_a_mistake(mistake: dict[str, Any], noticed: list[str], supabase: Supabase) -> None:
    supabase.change(**mistake)
    for step in STEPS:
        if step.__name__ in noticed:
            with pytest.raises(AssertionError):
                step(Target(supabase.url, PUBLISHABLE_KEY, SIGNING_KEY))


def test_it_says_what_to_do_about_what_does_not_hold(supabase: Supabase, monkeypatch: pytest.MonkeyPatch) -> None:
    supabase.change(policy="none")
    monkeypatch.setattr("tests.conformance.supabase.__main__.STEPS", STEPS[:3])
    lines: list[str] = []
    failed = judge(Target(supabase.url, PUBLISHABLE_KEY, SIGNING_KEY), lines.append)
    assert failed == ["it_takes_a_broadcast_of_the_publisher"]
    assert "docs/supabase.sql" in lines[1]
    assert judge(Target(NOBODY, PUBLISHABLE_KEY, SIGNING_KEY), lines.append) == [step.__name__ for step in STEPS[:3]]
    assert lines.pop().startswith(f"Nobody answers at {NOBODY}: ")
    assert lines[-1] == "3 steps: 2 hold, 1 failed"
