"""List a mail's attachments, as its page and JSON name them."""

from typing import Any

from django.urls import reverse

from gmail_sync.models import Message
from gmail_sync.reading.names import file_name
from gmail_sync.reading.parts import Mail, text_of


def attached(message: Message, mail: Mail) -> list[dict[str, Any]]:
    """Return each attachment; `inline` ones are pictures that the mail itself shows."""
    unstored = "" if message.pk else "?whole=1"  # only Gmail has it (whole.py)
    html = "".join(
        text_of(section.html.octets, section.html.charset)
        for section in mail.sections
        if section.html is not None and section.html.octets is not None
    )
    return [
        {
            "part_id": part.part_id,
            "filename": file_name(part),
            "mime_type": part.mime_type,
            "size": part.size,
            "inline": bool(part.is_inline_image and part.content_id and f"cid:{part.content_id}" in html),
            "url": f"{reverse('message_part', args=[message.account_id, message.gmail_id, part.part_id])}{unstored}",
        }
        for part in mail.attachments
    ]
