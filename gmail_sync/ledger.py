"""Messages that Gmail listed and could not show: tried again with the next reads, then skipped and kept on record."""

from collections.abc import Iterable, Mapping

from gmail_sync.history import MessageHistory, Step
from gmail_sync.mail import Headers
from gmail_sync.models import GmailAccount, SkippedMessage

ATTEMPTS = 3  # of reads after which nothing was awaited any more: the repeated ones of a burst count for nothing


def owed(account: GmailAccount) -> list[MessageHistory]:
    """The messages to try again, as if they had just been listed as added."""
    ids = account.skipped_messages.filter(skipped=False).order_by("pk").values_list("gmail_id", flat=True)
    return [MessageHistory(i, "", [Step(0, "added", i, "", frozenset())]) for i in ids]


def settle(account: GmailAccount, seen: Iterable[str], fetched: Mapping[str, Headers | None], last_read: bool) -> None:
    """Keep what is still missing, and count the attempt if no read follows soon; forget what was found, or is gone."""
    missing = [gmail_id for gmail_id, headers in fetched.items() if headers is None]
    account.skipped_messages.filter(gmail_id__in=set(seen) - set(missing), skipped=False).delete()
    for gmail_id in missing:
        entry, _ = SkippedMessage.objects.get_or_create(account=account, gmail_id=gmail_id)
        entry.attempts += last_read
        entry.skipped = entry.attempts >= ATTEMPTS
        entry.reason = "messages.get answers 404, or nothing that can be read, to what history.list had added"
        entry.save()
