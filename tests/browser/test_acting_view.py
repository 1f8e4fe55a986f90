"""The list as one acts on it, without a server: truth, open acts over it, and what of both is seen."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

RUN = Path(__file__).with_name("acting_view.js").read_text()
MANY = """async ([first, runs]) => {
  const run = %s;
  const faults = [];
  for (let seed = first; seed < first + runs; seed += 1) faults.push(...await run([seed, 120]));
  return faults;
}"""


@pytest.mark.parametrize("seed", range(4))
def test_it_ends_at_the_truth_and_shows_no_row_again_whatever_happens_in_between(tab: Page, seed: int) -> None:
    assert tab.evaluate(MANY.replace("%s", RUN), [1 + 1_000 * seed, 50]) == []
