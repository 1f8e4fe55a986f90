"""The list goes on to every message once, whatever their dates (views.py, querysets.py)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gmail_sync.models import GmailAccount, Message
from tests.support.inbox import connected, listing

pytestmark = pytest.mark.django_db(transaction=True)

SMALLEST, LARGEST = -(2**63), 2**63 - 1
dates = st.one_of(
    st.sampled_from([SMALLEST, SMALLEST + 1, -62_135_596_800_001, -1, 0, 1, 2**53, 2**53 + 1, LARGEST - 1, LARGEST]),
    st.integers(SMALLEST, LARGEST),
    st.integers(-3, 3),
)
# The number of mails of each date: pages end within a date, between two, and at the last mail.
mailboxes = st.lists(st.tuples(dates, st.integers(1, 70)), max_size=5)


def fill(account: GmailAccount, mailbox: list[tuple[int, int]]) -> list[str]:
    """Put the mails there; returns their ids as the list has to have them."""
    Message.objects.all().delete()
    sent = [date for date, count in mailbox for _ in range(count)]
    rows = [
        Message(account=account, gmail_id=f"m{n}", thread_id="t", internal_date=date, history_id=1, in_inbox=True)
        for n, date in enumerate(sent)
    ]
    rows = Message.objects.bulk_create(rows)
    return [row.gmail_id for row in sorted(rows, key=lambda row: (row.internal_date, row.pk), reverse=True)]


@pytest.fixture
def reader(signed_in: Client, user: User) -> Client:
    connected(user)
    return signed_in


@given(mailboxes)
@example([(-1, 60)])
@example([(0, 50)])
@example([(SMALLEST, 51), (LARGEST, 51)])
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_reaches_every_message_once_by_the_positions_that_it_gives(
    reader: Client, mailbox: list[tuple[int, int]]
) -> None:
    expected = fill(GmailAccount.objects.get(), mailbox)
    seen: list[str] = []
    older: str | None = ""
    while older is not None and len(seen) <= len(expected):
        answer = reader.get("/messages/", {"before": older} if older else {})
        assert answer.status_code == 200
        seen += [message["id"] for message in answer.json()["messages"]]
        older = answer.json()["older"]
    assert (seen, older) == (expected, None)


@pytest.mark.parametrize("date", [SMALLEST, -62_135_596_800_000, -86_400_000, 0, 253_402_300_799_999, LARGEST])
def test_it_shows_a_date_within_the_years_that_there_are(reader: Client, date: int) -> None:
    fill(GmailAccount.objects.get(), [(date, 1)])
    year = {SMALLEST: "0001", -62_135_596_800_000: "0001", -86_400_000: "1969", 0: "1970"}.get(date, "9999")
    assert f'datetime="{year}-' in reader.get("/").content.decode()
    assert listing(reader)["messages"][0]["internal_date"] == date
