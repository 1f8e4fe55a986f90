"""A change in the second after a notification has none of its own: whoever has a page open sees it soon (RULES R3)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.models import GmailAccount
from gmail_sync.sync.settling import TRAILING_SECONDS
from realtime.models import OpenStreams
from tests.gmail_sync.sync.test_worker import working
from tests.support.google.harness import Mailbox, push, sync, told
from tests.support.waiting import eventually


@pytest.fixture
def page(ann: User) -> None:
    """Ann has a page open."""
    OpenStreams.objects.create(user=ann, process="web:1", streams=1, seen_at=timezone.now())


@pytest.mark.usefixtures("page")
def test_rule_03_an_open_page_is_read_for_again_within_a_second(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    (first,) = gmail.deliver()
    push(account, gmail.history_id)
    assert sync(account) < 1
    (second,) = gmail.deliver()
    sync(account)
    assert told(ann) == [("message.added", first), ("message.added", second)]


def test_rule_03_without_a_page_the_one_read_has_time_for_late_listings(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.deliver()
    push(account, gmail.history_id)
    assert sync(account) == TRAILING_SECONDS


@pytest.mark.usefixtures("page")
def test_rule_03_two_changes_of_which_one_is_announced_both_arrive(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    with working() as worker:
        (first,) = gmail.deliver()
        push(account, gmail.history_id)
        worker.wake()
        eventually(lambda: told(ann) == [("message.added", first)])
        (second,) = gmail.deliver()
        eventually(lambda: told(ann) == [("message.added", first), ("message.added", second)])


def test_rule_03_a_push_of_what_is_known_puts_no_read_off_that_comes_within_a_second(account: GmailAccount) -> None:
    soon = timezone.now() + timedelta(seconds=0.9)
    GmailAccount.objects.update(next_sync_at=soon)
    push(account, account.history_id or 0)
    assert account.next_sync_at == soon
