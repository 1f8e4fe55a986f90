"""List a mail's attachments, as its page and JSON name them."""

from typing import Any

from django.urls import reverse

from gmail_sync.models import Message
from gmail_sync.reading.clean import pictures_in
from gmail_sync.reading.names import file_name
from gmail_sync.reading.parts import Mail, text_of


def attached(message: Message, mail: Mail) -> list[dict[str, Any]]:
    """Return each attachment; `inline` ones are pictures that the mail itself shows."""
    unstored = "" if message.pk else "?whole=1"  # only Gmail has it (whole.py)
    shown = _shown_pictures(mail)
    return [
        {
            "part_id": part.part_id,
            "filename": file_name(part),
            "mime_type": part.mime_type,
            "size": part.size,
            "inline": part.part_id in shown,
            "url": f"{reverse('message_part', args=[message.account_id, message.gmail_id, part.part_id])}{unstored}",
        }
        for part in mail.attachments
    ]


def _shown_pictures(mail: Mail) -> set[str]:
    """Return the ids of the parts that the frame shows as pictures."""
    pictures = mail.pictures
    texts = [section.html for section in mail.sections if pictures and section.html]
    html = [text_of(part.octets, part.charset) for part in texts if part.octets is not None]
    return {pictures[name].part_id for text in html for name in pictures_in(text) if name in pictures}
