"""The meaning of labels for the inbox (for the page: listing.js)."""

import re
from collections.abc import Collection

# Gmail lets a message keep INBOX in the trash or in spam; it shows it there alone.
OUTSIDE_INBOX = frozenset({"TRASH", "SPAM"})
# A change of one of these can change what is in the inbox, or how much of it is unread.
COUNTED = frozenset({"INBOX", "UNREAD"}) | OUTSIDE_INBOX
NO_MAIL = frozenset({"DRAFT", "CHAT"})  # what neither a search nor a conversation brings from Gmail
OWN_LABEL = re.compile(r"Label_[0-9A-Za-z_-]{1,80}")  # the id of one that people made


def is_in_inbox(label_ids: Collection[str]) -> bool:
    """Tell whether Gmail shows a message with these labels in the inbox."""
    return "INBOX" in label_ids and OUTSIDE_INBOX.isdisjoint(label_ids)
