"""Messages in Gmail's spelling, in its formats: minimal, metadata, full and raw."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage

from simulator.mailbox.message import Content, Message
from simulator.mailbox.parts import Part, tree_of
from simulator.state import Document

NewId = Callable[[str], str]  # an attachment id for a part


def message_ref(message_id: str, thread_id: str) -> Document:
    """Return the short form of lists and histories."""
    return {"id": message_id, "threadId": thread_id}


def message_resource(
    message: Message, view: str, header_names: list[str] | None = None, new_id: NewId = str
) -> Document:
    """Return the message in a format; header_names narrows the headers of ``metadata`` down."""
    resource: Document = message_ref(message.id, message.thread_id)
    if message.label_ids:
        resource["labelIds"] = list(message.label_ids)
    resource["snippet"] = message.snippet
    if view == "metadata":
        resource["payload"] = {
            "mimeType": _mime_type(message.content),
            "headers": _headers(message.content, header_names),
        }
    elif view == "full":
        resource["payload"] = _payload(message.content, new_id)
    elif view == "raw":
        resource["raw"] = _base64(_raw(message.content))
    resource["sizeEstimate"] = message.content.size()
    resource["historyId"] = str(message.history_id)
    resource["internalDate"] = str(message.internal_date)
    return resource


def _mime_type(content: Content) -> str:
    if content.raw:
        return message_from_bytes(content.raw.encode("latin-1")).get_content_type()
    return "multipart/alternative" if content.html else "text/plain"


def _headers(content: Content, names: list[str] | None = None) -> list[Document]:
    wanted = {name.lower() for name in names or ()}
    return [{"name": n, "value": v} for n, v in content.headers if not wanted or n.lower() in wanted]


def _payload(content: Content, new_id: NewId) -> Document:
    if content.raw:
        return {**_tree(tree_of(content), new_id), "headers": _headers(content)}
    payload: Document = {
        "partId": "",
        "mimeType": _mime_type(content),
        "filename": "",
        "headers": _headers(content),
    }
    if not content.html:
        return {**payload, "body": _part_body(content.text)}
    parts = [_part("0", "text/plain", content.text), _part("1", "text/html", content.html)]
    return {**payload, "body": {"size": 0}, "parts": parts}


def _part(part_id: str, mime_type: str, text: str) -> Document:
    headers = [{"name": "Content-Type", "value": f'{mime_type}; charset="UTF-8"'}]
    body = _part_body(text)
    return {"partId": part_id, "mimeType": mime_type, "filename": "", "headers": headers, "body": body}


def _tree(part: Part, new_id: NewId) -> Document:
    document: Document = {
        "partId": part.part_id,
        "mimeType": part.mime_type,
        "filename": part.filename,
        "headers": [{"name": name, "value": value} for name, value in part.headers],
        "body": {"size": len(part.octets or b"")},
    }
    if part.is_attached:
        document["body"]["attachmentId"] = new_id(part.part_id)
    elif part.octets:
        document["body"]["data"] = _base64(part.octets)
    if part.parts:
        document["parts"] = [_tree(child, new_id) for child in part.parts]
    return document


def _part_body(text: str) -> Document:
    encoded = _utf8(text).encode()
    return {"size": len(encoded), "data": _base64(encoded)} if encoded else {"size": 0}


def _raw(content: Content) -> bytes:
    """Return the mail as it travels; headers as they are, the body as the standard library writes it."""
    if content.raw:
        return content.raw.encode("latin-1")
    body = EmailMessage()
    body.set_content(_utf8(content.text))
    if content.html:
        body.add_alternative(_utf8(content.html), subtype="html")
    lines = "".join(f"{name}: {value}\r\n" for name, value in content.headers if name != "MIME-Version")
    return _utf8(lines).encode() + body.as_bytes()


def _utf8(text: str) -> str:
    """Return the text without the lone surrogates that a test may have put into it."""
    return text.encode("utf-8", "replace").decode()


def _base64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode()
