"""The scripts' words are in one place (phrases.py), so that they can be translated."""

import re
from functools import reduce
from pathlib import Path
from typing import Any

from django.conf import settings

from gmail_sync.pages.phrases import PHRASES

SCRIPTS = sorted((settings.BASE_DIR / "gmail_sync" / "static").rglob("*.js"))
SENTENCE = re.compile(r'["`][A-Z][a-z]+ [a-z]')
FOR_DEVELOPERS = ("console.", "Error(")


def code_of(script: Path) -> list[str]:
    """Return the lines without their comments."""
    lines = script.read_text().splitlines()
    return [line.partition("//")[0] for line in lines if not line.lstrip().startswith(("/*", "*"))]


def phrase(path: str) -> Any:
    return reduce(lambda part, name: part.get(name, {}), path.split("."), PHRASES)


def test_no_script_has_a_sentence_of_its_own() -> None:
    told = [(script.name, line) for script in SCRIPTS for line in code_of(script) if SENTENCE.search(line)]
    assert len(SCRIPTS) > 50
    assert [one for one in told if not any(word in one[1] for word in FOR_DEVELOPERS)] == []


def test_every_phrase_that_a_script_names_is_there() -> None:
    named = {path for script in SCRIPTS for path in re.findall(r'phrases\.say\("([\w.]+)"', script.read_text())}
    assert len(named) > 30
    assert [path for path in named if not phrase(path)] == []
