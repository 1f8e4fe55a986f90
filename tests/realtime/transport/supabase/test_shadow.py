"""The comparison itself, number by number and second by second."""

from collections import Counter

from realtime.stream.sse import Cursor
from realtime.transport.supabase.shadow import MISSING_SECONDS, MOST_AT_ONCE, Figures, Shadow

AFTER = MISSING_SECONDS + 1


def test_it_takes_no_account_of_what_was_before() -> None:
    shadow = Shadow(Cursor("e", 5))
    assert shadow.hear(3, 5, 0) == {}
    assert shadow.hear(4, 7, 0) == {"seen": 2}
    assert shadow.overdue(AFTER) == {"missing": 0}


def test_it_misses_what_the_log_has_and_a_later_message_proves() -> None:
    shadow = Shadow(Cursor("e", 0))
    shadow.expect(2, now=0)
    assert shadow.hear(4, 4, now=5) == {"seen": 1}
    assert shadow.overdue(AFTER)["missing"] == 2
    assert shadow.overdue(AFTER + 5)["missing"] == 1
    assert shadow.hear(1, 3, AFTER + 6) == {"late": 3}
    assert shadow.hear(1, 1, AFTER + 7) == {"repeated": 1}


def test_it_calls_reordered_what_comes_in_time_after_a_later_one() -> None:
    shadow = Shadow(Cursor("e", 0))
    heard = Counter[str]()
    for first, last in ((2, 2), (1, 1), (2, 2), (5, 6), (3, 4), (7, 7)):
        heard += shadow.hear(first, last, 0)
    assert heard == {"seen": 7, "repeated": 1, "reordered": 3}


def test_it_believes_no_message_that_speaks_of_too_much() -> None:
    shadow = Shadow(Cursor("e", 0))
    for first, last in ((1, 2**62), (2**62, 2**62), (5, 4), (0, 1), (1, MOST_AT_ONCE + 1)):
        assert shadow.hear(first, last, 0) == {}
    assert shadow.overdue(AFTER)["missing"] == 0


def test_it_writes_figures_in_one_line() -> None:
    figures = Figures(Counter(seen=1_999, missing=1, late=1), Counter({40: 19, 900: 1}), lost=2)
    said = "1,999 seen, 1 missing, 1 late, 0 repeated, 0 reordered (0.050% missing); lag p50 40 ms, p95 40 ms; 2 broke"
    assert str(figures) == said
    assert str(Figures()).count("-") == 2
