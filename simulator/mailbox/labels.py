"""The labels that every mailbox has, and the user's own ones that ours begin with."""

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
UNCHANGEABLE_LABELS = frozenset({"SENT", "DRAFT", "CHAT"})
PLACES = frozenset({"INBOX", "SPAM", "TRASH"})  # Gmail refuses to add two of them
HIDDEN_LABELS = frozenset({"TRASH", "SPAM"})  # left out of listings unless includeSpamTrash
