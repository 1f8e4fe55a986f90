"""What the usual mail looks like inside: newsletters in HTML, answers that quote, now and then a picture or a file."""

import struct
import zlib
from base64 import b64encode
from email.utils import parseaddr
from html import escape

LETTER = """<!doctype html><html><head><style>
.top { border-bottom: 3px solid #0f6b5c; padding-bottom: 10px; color: #0f6b5c; font: 600 17px Georgia, serif }
.go { display: inline-block; padding: 9px 16px; background: #0f6b5c; color: #ffffff; text-decoration: none }
</style></head><body bgcolor="#ffffff" style="color: #22252b"><table width="100%"><tr><td>
<div class="top">{by}</div><p>{text}</p>
<p><a class="go" href="https://{host}/open?id={number}">Open it at {by}</a></p>
<p><img src="https://pictures.{host}/banner.png" width="420" height="90" alt="{by}"></p>
<p style="font-size: 12px; color: #5d6570">You get this mail because you have an account.
<a href="https://{host}/leave?id={number}">Leave the list</a></p>
<img src="https://pictures.{host}/seen.gif?id={number}" width="1" height="1" alt="">
</td></tr></table></body></html>"""
FRIENDLY = '<div dir="ltr"><p>{text}</p><p>{name}</p>{quoted}</div>'
QUOTED = (
    '<div class="gmail_quote"><div dir="ltr">On Tuesday {by} wrote:<br></div>'
    '<blockquote type="cite"><p>{text}</p></blockquote></div>'
)
BOUNDARY = "=_finito_usual"


def letter(sender: str, text: str, number: str) -> str:
    """Return a newsletter's HTML: colours of its own, a button, a banner and a picture that counts readers."""
    by, address = parseaddr(sender)
    host = address.partition("@")[2]
    words = {"by": escape(by), "text": escape(text), "host": host, "number": number}
    html = LETTER
    for name, word in words.items():
        html = html.replace(f"{{{name}}}", word)
    return html


def answer(sender: str, text: str, before: tuple[str, str] | None) -> tuple[str, str]:
    """Return text and HTML of somebody's answer, with the mail before it as a quote."""
    name = parseaddr(sender)[0].partition(" ")[0]
    if before is None:
        return f"{text}\n\n{name}\n", FRIENDLY.format(text=escape(text), name=escape(name), quoted="")
    by = parseaddr(before[0])[0]
    quoted = QUOTED.format(by=escape(by), text=escape(before[1]))
    plain = f"{text}\n\n{name}\n\nOn Tuesday {by} wrote:\n> {before[1]}\n"
    return plain, FRIENDLY.format(text=escape(text), name=escape(name), quoted=quoted)


def with_picture(headers: tuple[tuple[str, str], ...], text: str, name: str) -> str:
    """Return a whole mail, an octet a character, that shows a picture and brings it and a page as files."""
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers)
    html = f'<p>{escape(text)}</p><p><img src="cid:heron@mail" alt="A heron at the lake" width="160" height="120"></p>'
    picture = b64encode(_png(160, 120)).decode()
    page = b64encode(b"%PDF-1.4\n% The list of pictures, of which nobody needs more than the first line.\n").decode()
    return (
        f"{lines}Content-Type: multipart/mixed; boundary={BOUNDARY}m\r\n\r\n"
        f"--{BOUNDARY}m\r\nContent-Type: multipart/related; boundary={BOUNDARY}r\r\n\r\n"
        f"--{BOUNDARY}r\r\nContent-Type: multipart/alternative; boundary={BOUNDARY}a\r\n\r\n"
        f"{_text('plain', text)}{_text('html', html)}--{BOUNDARY}a--\r\n"
        f"{_file('r', 'image/png', f'{name}.png', picture, 'inline', '<heron@mail>')}--{BOUNDARY}r--\r\n"
        f"{_file('m', 'application/pdf', f'{name}, all.pdf', page, 'attachment', '<list@mail>')}--{BOUNDARY}m--\r\n"
    )


def _text(kind: str, text: str) -> str:
    body = b64encode(text.encode()).decode()
    return f'--{BOUNDARY}a\r\nContent-Type: text/{kind}; charset="UTF-8"\r\n{_BASE64}{body}\r\n'


def _file(boundary: str, mime_type: str, name: str, body: str, disposition: str, content_id: str) -> str:
    return (
        f'--{BOUNDARY}{boundary}\r\nContent-Type: {mime_type}; name="{name}"\r\nContent-ID: {content_id}\r\n'
        f'Content-Disposition: {disposition}; filename="{name}"\r\n{_BASE64}{body}\r\n'
    )


_BASE64 = "Content-Transfer-Encoding: base64\r\n\r\n"


def _png(width: int, height: int) -> bytes:
    """Return a picture of evening over water."""
    rows = bytearray()
    for y in range(height):
        rows += b"\0" + bytes((70 + y, 110 + y // 2, 190 - y)) * width

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
