"""Identifiers that depend on the seed and on what they name, never on time or chance."""

from hashlib import blake2b

_MESSAGE_BITS = 56  # with the leading "19" this makes the 16 hexadecimal digits of a Gmail id


def digest(*parts: object) -> int:
    """Return a 64-bit number that the parts alone decide."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def message_id(seed: int, email: str, number: int) -> str:
    """Return the id of a mailbox's nth message, such as ``19c2f0a1b2c3d4e5``."""
    return f"19{digest(seed, 'message', email, number) % 2**_MESSAGE_BITS:014x}"


def first_history_id(seed: int, email: str) -> int:
    """Return the first id of a mailbox's history: real mailboxes do not start at 1."""
    return 1_000_000 + digest(seed, "history", email) % 9_000_000


def history_step(seed: int, email: str, history_id: int) -> int:
    """Return the distance to the next history id: real ones are not contiguous, so ours are not either."""
    return 1 + digest(seed, "step", email, history_id) % 97


def subject_id(email: str) -> str:
    """Google's ``sub``: 21 digits that stay with the account."""
    return f"1{digest('sub', email):020d}"
