"""The headings of the list: the names by which people call a day (days.js does the same in the reader's time zone)."""

from datetime import UTC, datetime

TODAY, YESTERDAY, WEEK, LAST_WEEK = "today", "yesterday", "week", "last-week"
WORDS = {TODAY: "Today", YESTERDAY: "Yesterday", WEEK: "Earlier this week", LAST_WEEK: "Last week"}


def day_of(date: datetime, now: datetime | None = None) -> tuple[str, str]:
    """Return the key and the heading for a date in UTC. Weeks begin on Monday; a date to come belongs to today."""
    today = (now or datetime.now(UTC)).date()
    ago = (today - date.date()).days
    if ago <= 0:
        key = TODAY
    elif ago == 1:
        key = YESTERDAY
    elif ago <= today.weekday():
        key = WEEK
    elif ago <= today.weekday() + 7:
        key = LAST_WEEK
    else:
        return f"{date:%Y-%m}".rjust(7, "0"), f"{date:%B}{'' if date.year == today.year else f' {date.year}'}"
    return key, WORDS[key]
