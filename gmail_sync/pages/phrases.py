"""The words that the pages' scripts say, in one place, so that they can be translated. `{n}` is a number.

A phrase that counts has a form by the plural rules of its language (`Intl.PluralRules`): here "one" and "other".
"""

from typing import Any

from gmail_sync.pages.act_phrases import ACT_PHRASES
from gmail_sync.pages.days import WORDS as DAYS

PHRASES: dict[str, Any] = {
    **ACT_PHRASES,
    "days": DAYS,
    "title": "Inbox",
    "new": {"one": "One new message", "other": "{n} new messages"},
    "waiting": {"one": "1 new", "other": "{n} new"},
    "older_failed": "The older messages did not come: no connection. Try again.",
    "chosen": {"one": "1 chosen", "other": "{n} chosen"},
    "all": "All {n} shown",
    "undo_key": "{did}. Undo: z",
    "undone": "Undone",
    "nothing_to_undo": "Nothing to undo",
    "saving": "Saving",
    "unconfirmed": {
        "one": "Gmail has not confirmed a change yet; it stays queued",
        "other": "Gmail has not confirmed {n} changes yet; they stay queued",
    },
    "labels": {
        "of": {"one": "“{subject}”", "other": "{n} conversations"},
        "added": "{names} added",
        "removed": "{names} removed",
        "none": "This mailbox has no labels of its own yet. They are made in Gmail.",
        "no_match": "No label has “{text}” in its name.",
        "several": "Labels belong to one mailbox: choose conversations of one.",
    },
    "views": {
        "names": {
            "unread": "Unread",
            "starred": "Starred",
            "sent": "Sent",
            "all": "All mail",
            "spam": "Spam",
            "trash": "Trash",
        },
        "asking": "From here; asking Gmail",
        "here": "From here",
        "as_of": "As of {time}",
        "failed": "Gmail was not reached; this is what is known here.",
        "empty": "Nothing here",
    },
    "confirm_trash": "Move {n} conversations to the trash?",
    "others_act": {
        "archive": "{name} archived this",
        "trash": "{name} moved this to the trash",
        "other": "{name} took this out of the inbox",
    },
    "search": {
        "here": {"one": "1 here; Enter asks all mail", "other": "{n} here; Enter asks all mail"},
        "asking": {"one": "1 here; asking Gmail", "other": "{n} here; asking Gmail"},
        "found": {"one": "1 in all mail", "other": "{n} in all mail"},
        "none_here": "Nothing here. Enter asks all mail.",
        "none": "Nothing found",
        "failed": "The search did not get through. Press Enter to try again.",
        "states": {
            "ok": "{mailbox} has answered.",
            "throttled": "{mailbox} wants a pause of {seconds} s.",
            "reauth_required": "{mailbox} waits for your consent.",
            "away": "{mailbox} did not answer.",
        },
        "chips": {
            "from:": "from:",
            "has:attachment": "has:attachment",
            "is:unread": "is:unread",
            "older_than:1m": "older_than:1m",
            "in:anywhere": "in spam and trash",
        },
        "places": {"TRASH": "Trash", "SPAM": "Spam", "DRAFT": "Draft", "SENT": "Sent", "other": "Archived"},
    },
    "line": {
        "connecting": "Connecting",
        "silent": {"since": "No sign of life since {time}", "ever": "No sign of life"},
        "offline": {"since": "Offline. This is the mail of {time}", "ever": "Offline. Trying again"},
        "waiting": {
            "since": "Too many open windows. This is the mail of {time}",
            "ever": "Too many open windows. Trying again",
        },
        "signed_out": "Signed out",
        "sign_in": "Signed out: sign in again",
        "consent": {"one": "{name} waits for your consent", "other": "{name} and {more} more wait for your consent"},
        "idle": {"since": "New mail waits since {time}", "ever": "New mail waits"},
        "unread": {
            "since": {
                "one": "{name} was not read since {time}",
                "other": "{name} and {more} more were not read since {time}",
            },
            "ever": {"one": "{name} was not read", "other": "{name} and {more} more were not read"},
        },
        "slow": {
            "since": "New mail comes within a minute since {time}",
            "ever": "New mail comes within a minute",
        },
        "slow_one": {
            "since": "{name}: new mail comes within a minute since {time}",
            "ever": "{name}: new mail comes within a minute",
        },
        "degraded": {"since": "A second late since {time}", "ever": "A second late"},
        "catching_up": "Catching up",
        "asking": "Live by asking: this network holds streams back",
        "live": "Live",
    },
    "dates": {"soon": "in a moment", "just_now": "just now"},
    "faces": {
        "nobody": "Somebody",
        "here": "{names} here",
        "here_and": "{names} and {n} more here",
        "come": {"one": "{names} is here now", "other": "{names} are here now"},
        "gone": {"one": "{names} is no longer here", "other": "{names} are no longer here"},
        "away": ", away",
    },
    "readers": {
        "here": {"one": "{names} is reading this", "other": "{names} are reading this"},
        "away": {"one": "{names} has this open, away", "other": "{names} have this open, away"},
    },
    "reader": {
        "new": {"one": "A new message", "other": "{n} new messages"},
        "none": "No messages",
        "taken": "{words}. It stays open here until you leave it.",
        "gone": "This conversation is no longer in Gmail",
        "held": {
            "one": "A picture is held back: loading it tells {hosts} that you opened this.",
            "other": "{n} pictures are held back: loading them tells {hosts} that you opened this.",
        },
        "shown": "Pictures are shown.",
    },
    "late": {
        "asking": "It is being asked for again.",
        "mail": {
            "again": "This message has not come yet. It is asked for again in {n} s.",
            "over": "This message did not come.",
        },
        "layout": {
            "again": "The layout of this message is asked for again in {n} s.",
            "over": "The layout of this message did not come.",
        },
        "files": {
            "again": "The attachments have not come yet. They are asked for again in {n} s.",
            "over": "The attachments did not come.",
        },
        "conversation": {
            "again": "The conversation has not come yet. It is asked for again in {n} s.",
            "over": "The conversation did not come.",
            "reason": "The server did not answer in time.",
        },
    },
    "signed_out_title": "Signed out - Finito",
    "notify": {
        "several": {"one": "One new message", "other": "{n} new messages"},
        "plain": "New mail",
        "on": "On: told while no page of Finito is looked at",
        "off": "Off",
        "denied": "Your browser forbids it; its settings for this site allow it again",
    },
    "swipes": {"archive": "Archive", "trash": "Trash"},
    "undo": "Undo",
    "again": "Try again",
    "dismiss": "Dismiss",
    "mailboxes": "Mailboxes",
}
