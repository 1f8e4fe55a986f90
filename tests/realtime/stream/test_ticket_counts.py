"""A page tells with its ask what it has seen since the last one, and that is counted (tickets.py)."""

import pytest

from realtime import metrics
from tests.realtime.page import serve
from tests.realtime.tickets import TicketPage

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.any_database]


def value(name: str) -> float:
    return sum(
        sample.value
        for metric in (metrics.CLIENT_GAPS, metrics.CLIENT_FALLBACKS, metrics.CLIENT_LAG_SECONDS, metrics.TICKETS)
        for family in metric.collect()
        for sample in family.samples
        if sample.name == name
    )


@pytest.mark.parametrize(
    ("query", "gaps", "fallbacks", "lag"),
    [
        ("gaps=2&fallbacks=3&lag_ms=250", 2, 3, 0.25),
        ("gaps=0&fallbacks=0&lag_ms=0", 0, 0, 0),
        ("gaps=-1&fallbacks=x&lag_ms=1e9", 0, 0, 0),
        ("gaps=999999999999&lag_ms=999999999999", 1_000, 0, 600),
    ],
)
def test_it_counts_what_pages_have_seen(key: str, query: str, gaps: int, fallbacks: int, lag: float) -> None:
    names = ("finito_client_gaps_total", "finito_client_fallbacks_total", "finito_client_lag_seconds_sum")
    before = [value(name) for name in names]

    async def story() -> None:
        await TicketPage(key, query=query).ticket()
        assert await TicketPage("", query="gaps=9").wait_for_end()  # a stranger's word counts for nothing

    serve(story)
    assert [value(name) - was for name, was in zip(names, before, strict=True)] == pytest.approx([gaps, fallbacks, lag])
