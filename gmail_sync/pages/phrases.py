"""The words that the list's scripts say, in one place, so that they can be translated. `{n}` is a number.

A phrase that counts has a form by the plural rules of its language (`Intl.PluralRules`): here "one" and "other".
"""

from typing import Any

from gmail_sync.pages.days import WORDS as DAYS

PHRASES: dict[str, Any] = {
    "days": DAYS,
    "title": "Inbox",
    "new": {"one": "One new message", "other": "{n} new messages"},
    "waiting": {"one": "1 new", "other": "{n} new"},
    "older_failed": "The older messages did not come: no connection. Try again.",
    "chosen": {"one": "1 chosen", "other": "{n} chosen"},
    "all": "All {n} shown",
    "did": {
        "archive": {"one": "Archived “{subject}”", "other": "Archived {n} conversations"},
        "trash": {"one": "Moved “{subject}” to the trash", "other": "Moved {n} conversations to the trash"},
        "read": {"one": "Marked “{subject}” read", "other": "Marked {n} conversations read"},
        "unread": {"one": "Marked “{subject}” unread", "other": "Marked {n} conversations unread"},
        "star": {"one": "Starred “{subject}”", "other": "Starred {n} conversations"},
        "unstar": {"one": "Took the star off “{subject}”", "other": "Took the star off {n} conversations"},
    },
    "undo_key": "{did}. Undo: z",
    "undone": "Undone",
    "nothing_to_undo": "Nothing to undo",
    "saving": "Saving",
    "unconfirmed": {
        "one": "Gmail has not confirmed a change yet; it stays queued",
        "other": "Gmail has not confirmed {n} changes yet; they stay queued",
    },
    "not_done": {
        "archive": "Not archived",
        "trash": "Not moved",
        "read": "Still unread",
        "unread": "Still read",
        "star": "Not starred",
        "unstar": "Still starred",
    },
    "refused": {
        "archive": {"one": "“{subject}” was not archived.", "other": "{n} conversations were not archived."},
        "trash": {"one": "“{subject}” was not moved.", "other": "{n} conversations were not moved."},
        "read": {"one": "“{subject}” stays unread.", "other": "{n} conversations stay unread."},
        "unread": {"one": "“{subject}” stays read.", "other": "{n} conversations stay read."},
        "star": {"one": "“{subject}” was not starred.", "other": "{n} conversations were not starred."},
        "unstar": {"one": "“{subject}” keeps its star.", "other": "{n} conversations keep their stars."},
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
    "confirm_trash": "Move {n} conversations to the trash?",
    "others_act": {
        "archive": "{name} archived this",
        "trash": "{name} moved this to the trash",
        "other": "{name} took this out of the inbox",
    },
    "undo": "Undo",
    "again": "Try again",
    "dismiss": "Dismiss",
    "mailboxes": "Mailboxes",
}
