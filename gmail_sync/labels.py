"""The meaning of labels for the inbox (for the page: listing.js)."""

from collections.abc import Collection

# Gmail lets a message keep INBOX in the trash or in spam; it shows it there alone.
OUTSIDE_INBOX = frozenset({"TRASH", "SPAM"})
# A change of one of these can change what is in the inbox, or how much of it is unread.
COUNTED = frozenset({"INBOX", "UNREAD"}) | OUTSIDE_INBOX


def is_in_inbox(label_ids: Collection[str]) -> bool:
    """Tell whether Gmail shows a message with these labels in the inbox."""
    return "INBOX" in label_ids and OUTSIDE_INBOX.isdisjoint(label_ids)
