"""Google may ask for a pause, and is believed up to a quarter of an hour (gmail/refusals.py)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmail_sync.exceptions import GmailUnavailable
from gmail_sync.gmail.refusals import DAILY_SECONDS, reaction, refusal
from gmail_sync.google.answers import LONGEST_SECONDS, Answer
from tests.gmail_sync.gmail.test_refusals import JSON, google, http_error


def waits(header: str = "", text: str = "", status: int = 429) -> float | None:
    """Return the pause in seconds."""
    error = reaction(http_error(status, google(status, "rateLimitExceeded", text), **{"retry-after": header}))
    assert isinstance(error, GmailUnavailable)
    return error.retry_after


@pytest.mark.parametrize("status", [429, 403, 503])
def test_it_waits_as_long_as_the_header_says(status: int) -> None:
    assert waits("37", status=status) == 37
    seconds = waits(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True), status=status)
    assert seconds is not None
    assert 80 < seconds <= 90


@pytest.mark.parametrize("status", [429, 403, 503])
def test_it_waits_as_long_as_the_text_says(status: int) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=14)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    seconds = waits(text=f"User-rate limit exceeded.  Retry after {stamp}Z", status=status)
    assert seconds is not None
    assert 830 < seconds <= 840


@pytest.mark.parametrize("moment", ["2001-01-01T00:00:00.000Z", "2001-01-01T00:00:00Z"])
def test_it_does_not_wait_for_the_past(moment: str) -> None:
    assert waits(text=f"Retry after {moment}") == 0


UNREADABLE = ["", "soon", "-1", "1.5", "²", "Fri, 99 Foo 2026 99:99:99 GMT"]
UNREADABLE += [f"Fri, 31 Dec {'9' * count} 23:59:59 GMT" for count in (5, 20, 5_000)]
UNREADABLE += [f"Fri, 31 Dec 2026 23:59:59 +{'9' * count}" for count in (5, 20)]


@pytest.mark.parametrize("header", UNREADABLE)
def test_it_backs_off_by_itself_when_the_header_is_unreadable(header: str) -> None:
    assert waits(header) is None


@pytest.mark.parametrize("header", ["Fri, 21 Nov 2025 10:00:00", "Fri, 21 Nov 2025 10:00:00 -0000"])
def test_it_takes_a_date_without_a_zone_for_utc(header: str) -> None:
    assert waits(header) == 0


@pytest.mark.parametrize(
    "text", ["Retry after 2026-99-99T00:00:00Z", "Retry after 2026-11-22T1:Z", "Retry after never"]
)
def test_it_backs_off_by_itself_when_the_text_is_unreadable(text: str) -> None:
    assert waits(text=text) is None


@pytest.mark.parametrize("status", [429, 403, 503])
@pytest.mark.parametrize("header", ["901", "86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_it_does_not_wait_longer_than_a_quarter_of_an_hour(header: str, status: int) -> None:
    assert waits(header, status=status) == LONGEST_SECONDS == 900


date_words = st.sampled_from(["Fri,", "31", "Dec", "2026", "23:59:59", "GMT", "+0100", "9" * 20, "-", "12.34.56", ""])


@given(st.text() | st.lists(date_words, max_size=8).map(" ".join))
def test_it_reads_any_header_as_seconds_or_not_at_all(header: str) -> None:
    seconds = Answer(429, JSON, b"", header).wait_seconds()
    assert seconds is None or 0 <= seconds <= LONGEST_SECONDS


def test_it_waits_no_longer_for_a_text_either() -> None:
    assert waits(text="Retry after 2999-01-01T00:00:00.000Z") == LONGEST_SECONDS


def test_it_waits_an_hour_when_the_day_is_used_up() -> None:
    error = refusal(Answer(403, JSON, google(403, "dailyLimitExceeded"), "86400"))
    assert isinstance(error, GmailUnavailable)
    assert error.retry_after == DAILY_SECONDS
