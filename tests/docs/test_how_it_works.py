"""docs/how-it-works.md: its diagrams and its glossary have the states and the words of the code."""

import re
from pathlib import Path

from django.db.models import TextChoices

from gmail_sync.states import AccountState, WatchState
from realtime import metrics
from tests.docs.texts import DOCUMENTS

PAGE = DOCUMENTS[Path("docs/how-it-works.md")]
MAILBOX, STREAM = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)


def values(states: type[TextChoices]) -> set[str]:
    return {str(state) for state in states.values}


def test_it_draws_every_state_of_a_mailbox() -> None:
    assert values(AccountState) <= set(re.findall(r"\w+", MAILBOX))


def test_it_names_every_state_of_a_watch() -> None:
    watch = PAGE.partition("The **watch**")[2].partition("\n")[0]
    assert set(re.findall(r"`(\w+)`", watch)) == values(WatchState)


def test_it_draws_every_end_of_a_stream() -> None:
    ends = {sample.labels["reason"] for family in metrics.CLOSES.collect() for sample in family.samples}
    assert ends - {"error"} <= set(re.findall(r"\w+", STREAM))  # an error is of no kind


def test_it_explains_its_words_in_order() -> None:
    words = re.findall(r"^\| (\w+) \|", PAGE.partition("## Glossary")[2], re.MULTILINE)[1:]
    assert len(words) == 26
    assert words == sorted(words)
