"""The fixture `supabase`, which tests/conftest.py gives to every test."""

from collections.abc import Iterator

import pytest

from tests.simulator.harness import Simulator
from tests.support.supabase import SUPABASE_OPTIONS, Supabase


@pytest.fixture(scope="session")
def supabase_of_the_run() -> Iterator[Supabase]:
    """A simulator of its own, whose project trusts SIGNING_KEY."""
    with Simulator(*SUPABASE_OPTIONS) as simulator:
        yield Supabase(simulator)


@pytest.fixture
def supabase(supabase_of_the_run: Supabase) -> Supabase:
    """A Supabase project as new, played by the simulator; see tests/support/supabase.py."""
    supabase_of_the_run.reset()
    return supabase_of_the_run
