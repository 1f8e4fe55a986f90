"""The labels that every mailbox has, and the user's own ones that ours have."""

SYSTEM_LABELS = (
    "INBOX",
    "SENT",
    "DRAFT",
    "TRASH",
    "SPAM",
    "UNREAD",
    "STARRED",
    "IMPORTANT",
    "CHAT",
    "CATEGORY_PERSONAL",
    "CATEGORY_SOCIAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_UPDATES",
    "CATEGORY_FORUMS",
)
USER_LABELS = {"Label_1": "Receipts", "Label_2": "Family & friends"}
KNOWN_LABELS = frozenset(SYSTEM_LABELS) | frozenset(USER_LABELS)
HIDDEN_LABELS = frozenset({"TRASH", "SPAM"})  # left out of listings unless includeSpamTrash
