"""Change the mirror by what was read, and yield the events: each event is the difference of a row."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from gmail_sync.events import MessageAdded, MessageChanged, MessageDeleted
from gmail_sync.gmail.history import NOT_MIRRORED, MessageHistory
from gmail_sync.gmail.metadata import Fetched, Headers, Trouble
from gmail_sync.labels import is_in_inbox
from gmail_sync.models import GmailAccount, Message
from gmail_sync.sync.batches import Batch
from realtime import compiled
from realtime.compiled import Given
from realtime.events import Event
from realtime.pieces import pieces


def known(account: GmailAccount, gmail_ids: Iterable[str]) -> set[str]:
    """Return the ids that are in the mirror."""
    found = (compiled.tuples(_ids, account=account.pk, piece=piece) for piece in pieces(gmail_ids))
    return {gmail_id for piece in found for (gmail_id,) in piece}


def _ids() -> "QuerySet[Any, Any]":
    return Message.objects.filter(account_id=Given("account"), gmail_id__in=[Given("piece")]).values_list("gmail_id")


def rows(account: GmailAccount, gmail_ids: Iterable[str]) -> dict[str, Message]:
    """Return the rows of the messages that are in the mirror, by id."""
    found = account.messages.all()
    return {row.gmail_id: row for piece in pieces(gmail_ids) for row in found.filter(gmail_id__in=piece)}


def apply(account: GmailAccount, batch: Batch, fetched: Fetched) -> Iterator[Event]:
    """Bring the rows to what the batch and the fetched metadata say. Call it under the account's lock."""
    yield from _apply_records(account, batch, fetched)
    yield from _apply_retries(account, batch.retries, fetched)


def _apply_records(account: GmailAccount, batch: Batch, fetched: Fetched) -> Iterator[Event]:
    """Skip records that are not newer than their row: a repeated read changes nothing (RULES R14).

    What the batch had to fetch has no row: only the claim that asked for the rows writes some.
    """
    mirrored = rows(account, batch.histories.keys() - set(batch.to_fetch))
    for gmail_id, history in batch.histories.items():
        row, headers = mirrored.get(gmail_id), fetched.get(gmail_id)
        if row is None and isinstance(headers, Headers) and _is_mail(history, headers):
            row = insert(account, headers)
            yield MessageAdded(account.pk, row.as_json())
        elif row is not None and history.deleted:
            yield delete(row)
        elif row is not None and history.last_record_id > row.history_id:
            labels = history.labels_after(row.label_ids, row.history_id)
            thread_id = history.thread_after(row.history_id)
            yield from relabel(row, labels, history.last_record_id, thread_id)


def _apply_retries(account: GmailAccount, gmail_ids: list[str], fetched: Fetched) -> Iterator[Event]:
    """Bring messages whose records were passed without them to what Gmail says of them now.

    A row may be as new as Gmail's answer and lack what was passed: a later record came in between.
    """
    mirrored = rows(account, gmail_ids)
    for gmail_id in gmail_ids:
        row, read = mirrored.get(gmail_id), fetched.get(gmail_id)
        if isinstance(read, Trouble):
            if read.gone and row is not None:
                yield delete(row)
        elif read is None:
            continue
        elif row is None and (is_in_inbox(read.label_ids) or not read.label_ids & NOT_MIRRORED - {"SPAM"}):
            row = insert(account, read)
            yield MessageAdded(account.pk, row.as_json())
        elif row is not None and read.history_id >= row.history_id:
            yield from relabel(row, read.label_ids, read.history_id, read.thread_id)


def _is_mail(history: MessageHistory, headers: Headers) -> bool:
    """Judge by how the message arrived, not by when we looked: mail that was trashed since is mirrored either way."""
    if is_in_inbox(headers.label_ids):
        return True
    labels = set(headers.label_ids)
    if headers.history_id > history.last_record_id:
        labels.discard("SPAM")  # what comes after these records is not in them; DRAFT and CHAT never come later
    return history.added and not history.labels_before(labels) & NOT_MIRRORED


def insert(account: GmailAccount, headers: Headers) -> Message:
    row = unsaved(account, headers)
    row.save(force_insert=True)
    return row


def unsaved(account: GmailAccount, headers: Headers) -> Message:
    """Return the row of a message that has none."""
    row = Message(
        account=account,
        gmail_id=headers.gmail_id,
        thread_id=headers.thread_id,
        sender=headers.sender,
        sender_name=headers.sender_name,
        sender_address=headers.sender_address,
        recipients=headers.recipients,
        subject=headers.subject,
        snippet=headers.snippet,
        internal_date=headers.internal_date,
        history_id=headers.history_id,
    )
    row.set_labels(headers.label_ids)
    return row


def delete(row: Message) -> MessageDeleted:
    """Delete the row of a message that is gone from Gmail."""
    row.delete()
    return MessageDeleted(row.account_id, row.gmail_id, row.thread_id, label_ids=row.label_ids)


def relabel(row: Message, labels: Iterable[str], history_id: int, thread_id: str = "") -> Iterator[MessageChanged]:
    """Store the labels as of `history_id`, and the conversation if one is named; yield an event only if they differ."""
    before, former = set(row.label_ids), row.thread_id
    row.set_labels(labels)
    row.history_id, row.thread_id = history_id, thread_id or former
    row.save(update_fields=["label_ids", "in_inbox", "is_unread", "history_id", "thread_id"])
    after, moved = set(row.label_ids), row.thread_id != former
    if before != after or moved:
        yield MessageChanged(
            row.account_id,
            row.gmail_id,
            row.thread_id,
            label_ids=row.label_ids,
            added_label_ids=sorted(after - before),
            removed_label_ids=sorted(before - after),
            former_thread_id=former if moved else None,
        )
