"""The first sync fills the mirror, tells its progress, and is resumed when it was killed (sync/resync.py)."""

from typing import Any

from django.contrib.auth.models import User

from tests.gmail_sync.sync.inbox import inbox
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, events, mirrored, sync, told


def states(user: User) -> list[tuple[Any, ...]]:
    """Return the states of the mailbox that the user was told."""
    told = [payload for type_, payload in events(user) if type_ == "account.status"]
    return [(payload["state"], payload.get("done"), payload.get("total")) for payload in told]


def test_it_fills_the_mirror_and_tells_the_progress(gmail: Mailbox, ann: User, small_batches: None) -> None:
    account = gmail.connect(ann)
    sync(account)
    assert mirrored(account) == inbox(gmail)
    assert states(ann) == [("syncing", 0, 0), ("syncing", 2, 3), ("syncing", 3, 3), ("connected", None, None)]
    assert told(ann) == []
    assert (account.state, account.mirrored) == ("connected", True)


def test_it_takes_only_the_newest_of_the_inbox(gmail: Mailbox, ann: User, settings: Any) -> None:
    settings.MIRROR_LIMIT = 2
    gmail.deliver(label_ids=["UNREAD"])
    account = gmail.connect(ann)
    sync(account)
    assert list(mirrored(account)) == list(inbox(gmail))[:2]


def test_it_connects_an_empty_mailbox(gmail: Mailbox, ann: User) -> None:
    for gmail_id in inbox(gmail):
        gmail.act(gmail_id, "delete")
    account = gmail.connect(ann)
    sync(account)
    assert (account.state, mirrored(account)) == ("connected", {})


def test_it_resumes_a_first_sync_that_was_killed(gmail: Mailbox, ann: User, small_batches: None) -> None:
    account = gmail.connect(ann)
    gmail.fault("batch", status=503, after=1)
    assert attempt_sync(account) == "retry"
    assert (account.state, len(mirrored(account))) == ("syncing", 2)
    sync(account)
    assert (account.state, mirrored(account)) == ("connected", inbox(gmail))
    assert gmail.calls("messages.get") == 3


def test_it_reads_what_happens_during_the_first_sync(gmail: Mailbox, ann: User, small_batches: None) -> None:
    account = gmail.connect(ann)
    starred = next(iter(inbox(gmail)))
    arrived: list[str] = []

    def happen() -> None:
        arrived.extend(gmail.deliver())
        gmail.modify(starred, add=["STARRED"])

    before_last_batch = 4  # watch, messages.list, batch, batch
    sync(account, Meanwhile(before_last_batch, happen))
    assert mirrored(account) == inbox(gmail)
    assert told(ann) == [("message.added", arrived[0]), ("message.changed", starred)]
