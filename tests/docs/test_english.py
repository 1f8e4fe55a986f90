"""Documents speak of people as they, and name the actor of a sentence."""

import re

from tests.docs.texts import DOCUMENTS

HE = re.compile(r"\b(?:he|his|him|himself)\b", re.IGNORECASE)
FREE_RELATIVE = re.compile(r"(?:^|[.:;] |\| |\*\* )(?:Who|What|Whether|Whoever|Whatever) [^|?]*?[.|]", re.MULTILINE)


def test_it_says_they_of_people() -> None:
    assert [(str(path), HE.findall(text)) for path, text in DOCUMENTS.items() if HE.search(text)] == []


def test_it_begins_no_sentence_with_a_free_relative() -> None:
    assert [
        (str(path), FREE_RELATIVE.findall(text)) for path, text in DOCUMENTS.items() if FREE_RELATIVE.search(text)
    ] == []
