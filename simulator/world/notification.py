"""Gmail's notification: the bytes that it publishes for a mailbox."""

import json


def encode(email: str, history_id: int) -> bytes:
    """Return the message's data: https://developers.google.com/workspace/gmail/api/guides/push."""
    return json.dumps({"emailAddress": email, "historyId": history_id}, separators=(",", ":")).encode()


def address_of(data: bytes) -> str:
    """Return the mailbox that a message is about, or nothing when it is not Gmail's."""
    try:
        return str(json.loads(data)["emailAddress"])
    except (ValueError, KeyError, TypeError):
        return ""
