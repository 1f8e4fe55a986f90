"""Ask Gmail for a message's body, its parts and its source; api.py asks for what the mirror keeps.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.messages
"""

import binascii
from base64 import b64decode
from typing import Any

from gmail_sync.exceptions import GmailUnavailable, NotFound
from gmail_sync.gmail.http import GmailHttp, service

_STANDARD = str.maketrans("-_", "+/", "\r\n")


class Bodies(GmailHttp):
    """One mailbox. Every method raises GmailError: NotFound for a message that is gone from Gmail."""

    def payload(self, gmail_id: str) -> dict[str, Any]:
        """Return the tree of the message's parts (20 units)."""
        return payload_of(self.call("messages.get", _message(gmail_id, "full"), NotFound))

    def thread(self, thread_id: str) -> dict[str, dict[str, Any]]:
        """Return every message of a conversation, whole, by id (40 units)."""
        request = service().threads.get(userId="me", id=thread_id, format="full")
        messages = self.call("threads.get", request, NotFound).get("messages")
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise GmailUnavailable("threads.get: no messages")
        return {str(message.get("id")): message for message in messages}

    def source(self, gmail_id: str) -> bytes:
        """Return the whole message as it travelled (20 units), at most some 35 MB."""
        source = decoded(self.call("messages.get", _message(gmail_id, "raw"), NotFound).get("raw"))
        if not source:
            raise GmailUnavailable("messages.get: no raw")
        return source

    def attachment(self, gmail_id: str, attachment_id: str) -> bytes:
        """Return the octets of one part (20 units). The id is one of the last minutes: each payload has new ones."""
        request = service().attachments.get(userId="me", messageId=gmail_id, id=attachment_id)
        return decoded(self.call("messages.attachments.get", request, NotFound).get("data"))


def decoded(text: object) -> bytes:
    """Return the octets of Gmail's base64url; none at all where there is no text. Raises GmailUnavailable."""
    letters = text.translate(_STANDARD).rstrip("=") if isinstance(text, str) else "" if text is None else "?"
    try:
        # Gmail pads, others that speak its language may not; what is no letter is damage, and not passed over.
        return b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise GmailUnavailable("no base64url") from error


def _message(gmail_id: str, view: str) -> Any:
    return service().messages.get(userId="me", id=gmail_id, format=view)


def payload_of(message: dict[str, Any]) -> dict[str, Any]:
    """Return the tree of a whole message's parts. Raises GmailUnavailable if it came without."""
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise GmailUnavailable("no payload")
    return payload
