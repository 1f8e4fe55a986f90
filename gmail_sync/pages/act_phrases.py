"""The words for acts: what they are called, what was done, and what was refused, with the reason (phrases.py)."""

from typing import Any

ACT_PHRASES: dict[str, Any] = {
    "did": {
        "archive": {"one": "Archived “{subject}”", "other": "Archived {n} conversations"},
        "trash": {"one": "Moved “{subject}” to the trash", "other": "Moved {n} conversations to the trash"},
        "restore": {"one": "Moved “{subject}” to the inbox", "other": "Moved {n} conversations to the inbox"},
        "read": {"one": "Marked “{subject}” read", "other": "Marked {n} conversations read"},
        "unread": {"one": "Marked “{subject}” unread", "other": "Marked {n} conversations unread"},
        "star": {"one": "Starred “{subject}”", "other": "Starred {n} conversations"},
        "unstar": {"one": "Took the star off “{subject}”", "other": "Took the star off {n} conversations"},
        "label": {"one": "“{subject}”: {change}", "other": "{n} conversations: {change}"},
    },
    "tools": {
        "archive": {"name": "Archive", "word": "Archive"},
        "restore": {"name": "Move to the inbox", "word": "Inbox"},
    },
    "not_done": {
        "archive": "Not archived",
        "trash": "Not moved",
        "restore": "Not moved",
        "read": "Still unread",
        "unread": "Still read",
        "star": "Not starred",
        "unstar": "Still starred",
        "label": "Labels as before",
    },
    "refused": {
        "archive": {"one": "“{subject}” was not archived.", "other": "{n} conversations were not archived."},
        "trash": {"one": "“{subject}” was not moved.", "other": "{n} conversations were not moved."},
        "restore": {"one": "“{subject}” was not moved.", "other": "{n} conversations were not moved."},
        "read": {"one": "“{subject}” stays unread.", "other": "{n} conversations stay unread."},
        "unread": {"one": "“{subject}” stays read.", "other": "{n} conversations stay read."},
        "star": {"one": "“{subject}” was not starred.", "other": "{n} conversations were not starred."},
        "unstar": {"one": "“{subject}” keeps its star.", "other": "{n} conversations keep their stars."},
        "label": {"one": "“{subject}” keeps its labels.", "other": "{n} conversations keep their labels."},
    },
    "reasons": {
        "read_only": "This mailbox may only be read here.",
        "reauth_required": "Google asks for your consent to this mailbox again.",
        "label": "Gmail does not allow that change.",
        "gone": "Some of it is no longer in Gmail.",
        "gmail": "Gmail could not be reached in time.",
        "left": "You no longer see this mailbox.",
        "unknown": "You no longer see this mailbox, or the mail is gone.",
        "too_many": "That was too much at once.",
        "unreachable": "The server could not be reached for ten minutes.",
        "expired": "Gmail could not be reached in time.",
        "other": "Gmail refused it.",
    },
}
