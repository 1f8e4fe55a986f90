"""The worker: takes what is due, no more than it can do at once, and gives back what it cannot finish."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone

from gmail_sync.models import GmailAccount
from gmail_sync.sync.worker import LOOK_SECONDS, Worker
from tests.support.google.harness import Mailbox, is_due, push, told
from tests.support.waiting import eventually


@contextmanager
def working(threads: int = 2) -> Iterator[Worker]:
    """A worker at work; it must end by itself when it is stopped."""
    worker = Worker(threads)
    ended: list[bool] = []

    def run() -> None:
        ended.append(worker.run())
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(30)
    assert ended == [True]


def claimed() -> int:
    return GmailAccount.objects.exclude(claim="").count()


def test_it_syncs_what_is_pushed(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    with working() as worker:
        (gmail_id,) = gmail.deliver()
        push(account, gmail.history_id)
        worker.wake()
        eventually(lambda: told(ann) == [("message.added", gmail_id)])


def test_it_looks_without_being_woken(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    with working():
        gmail.deliver()
        GmailAccount.objects.ask_sync()
        eventually(lambda: told(ann))


def test_it_goes_on_with_others_after_a_failure(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    broken = GmailAccount.objects.create(email="broken@gmail.example", google_sub="broken", state="connected")
    broken.users.add(ann)
    gmail.deliver()
    GmailAccount.objects.ask_sync()
    with working(threads=1):
        eventually(lambda: told(ann))
        eventually(lambda: GmailAccount.objects.filter(pk=broken.pk, state="reauth_required", claim="").exists())


def test_rule_04_it_claims_only_for_idle_threads(gmail: Mailbox, account: GmailAccount) -> None:
    now = timezone.now()
    waiting = GmailAccount.objects.create(email="waiting@gmail.example", google_sub="waiting", next_sync_at=now)
    GmailAccount.objects.filter(pk=account.pk).update(next_sync_at=now - timedelta(hours=1))
    gmail.fault("history.list", email=gmail.email, hold=True)
    with working(threads=1) as worker:
        eventually(claimed)
        assert (claimed(), is_due(waiting)) == (1, True)
        worker.stop()
        gmail.mend()


def test_rule_17_it_gives_back_what_it_cannot_finish(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail.deliver()
    gmail.fault("history.list", email=gmail.email, hold=True)
    GmailAccount.objects.ask_sync()
    with working() as worker:
        gmail.wait_for_fault()
        worker.stop()
        gmail.mend()
    account.refresh_from_db()
    assert (account.claim, is_due(account), told(ann)) == ("", True, [])


def test_it_rests_where_the_database_refuses_at_once(account: GmailAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(1)
    beats, rests = 0, list[float]()

    def refuse() -> None:
        nonlocal beats
        beats += 1
        if beats == 100:
            worker.stop()
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(worker._heartbeat, "beat_if_due", refuse)
    monkeypatch.setattr(worker, "pause", rests.append)
    assert worker.run()
    assert rests == [LOOK_SECONDS] * 100
