"""Ask Gmail for a message's body, its parts and its source; api.py asks for what the mirror keeps.

Specification: https://developers.google.com/gmail/api/reference/rest/v1/users.messages
"""

import binascii
from base64 import urlsafe_b64decode
from typing import Any

from gmail_sync.exceptions import GmailUnavailable, NotFound
from gmail_sync.gmail.http import GmailHttp, service


class Bodies(GmailHttp):
    """One mailbox. Every method raises GmailError: NotFound for a message that is gone from Gmail."""

    def payload(self, gmail_id: str) -> dict[str, Any]:
        """Return the tree of the message's parts (20 units)."""
        answer = self.call("messages.get", _message(gmail_id, "full"), NotFound)
        return _payload(answer, "messages.get")

    def payloads(self, thread_id: str) -> dict[str, dict[str, Any]]:
        """Return the same of every message of a conversation, by id (40 units)."""
        request = service().threads.get(userId="me", id=thread_id, format="full")
        messages = self.call("threads.get", request, NotFound).get("messages")
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise GmailUnavailable("threads.get: no messages")
        return {str(message.get("id")): _payload(message, "threads.get") for message in messages}

    def source(self, gmail_id: str) -> bytes:
        """Return the whole message as it travelled (20 units), at most some 35 MB."""
        return decoded(self.call("messages.get", _message(gmail_id, "raw"), NotFound).get("raw"))

    def attachment(self, gmail_id: str, attachment_id: str) -> bytes:
        """Return the octets of one part (20 units). The id is one of the last minutes: each payload has new ones."""
        request = service().attachments.get(userId="me", messageId=gmail_id, id=attachment_id)
        return decoded(self.call("messages.attachments.get", request, NotFound).get("data"))


def decoded(text: object) -> bytes:
    """Return the octets of Gmail's base64url. Raises GmailUnavailable if it is none."""
    try:
        return urlsafe_b64decode(f"{text or ''}===")  # Gmail pads, others that speak its language may not
    except (binascii.Error, ValueError) as error:
        raise GmailUnavailable("no base64url") from error


def _message(gmail_id: str, view: str) -> Any:
    return service().messages.get(userId="me", id=gmail_id, format=view)


def _payload(message: dict[str, Any], method: str) -> dict[str, Any]:
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise GmailUnavailable(f"{method}: no payload")
    return payload
