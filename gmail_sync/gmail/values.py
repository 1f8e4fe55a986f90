"""Single values of Gmail's answers, as our columns and addresses hold them. Pure.

JSON knows numbers that no column does, and texts that no address does: one of them must cost no more than what it
belongs to (RULES R16, RULES R19).
"""

import re

LARGEST_HISTORY_ID = 2**63 - 1  # the column is a signed 64-bit integer
LARGEST_COUNT = 2**31 - 1
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def usable_id(value: object) -> str:
    """Return the id of a message or a conversation; empty in place of anything else."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def message_id(value: object) -> str:
    """Return the id. Raises ValueError for what is none."""
    if not (known := usable_id(value)):
        raise ValueError("no id")
    return known


def history_id(value: object) -> int:
    """Return the number, which Gmail writes as text. Raises ValueError for what is none, or too large."""
    return _number(value, LARGEST_HISTORY_ID)


def count(value: object) -> int:
    """Return how many. Raises ValueError as `history_id` does."""
    return _number(value, LARGEST_COUNT)


def _number(value: object, largest: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is not int or not 0 <= value <= largest:  # nor is True, and no float is exact
        raise ValueError("no number that can be stored")
    return value
