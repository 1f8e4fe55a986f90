"""Trees of parts of any shape: fields that are missing, of another type, or twice; each is shown as far as it goes."""

from base64 import urlsafe_b64encode
from typing import Any

from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from gmail_sync.reading.document import _source
from gmail_sync.reading.names import file_name
from gmail_sync.reading.parts import read
from gmail_sync.reading.rendering import render

TEXT = st.text(max_size=12)
ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(TEXT, children, max_size=3),
    max_leaves=4,
)
KIND = st.sampled_from(
    ["text/plain", "TEXT/HTML", "multipart/mixed", "multipart/alternative", "multipart/related", "image/png", "", "x"]
)
DATA = st.binary(max_size=30).map(lambda octets: urlsafe_b64encode(octets).decode()) | TEXT
HEADER = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Content-Type", "content-id", "Content-Disposition", "Subject"]) | ANYTHING,
        "value": st.sampled_from(
            [
                "text/html; charset=x",
                "text/plain; charset*0*=utf-8''%ff",
                "a; start*1=x; start*x=y; start",
                "<a@b>",
                ";",
            ]
        )
        | ANYTHING,
    },
)
BODY = st.fixed_dictionaries(
    {}, optional={"size": st.integers() | ANYTHING, "data": DATA | ANYTHING, "attachmentId": TEXT | ANYTHING}
)
FIELDS: dict[str, Any] = {
    "partId": st.sampled_from(["", "0", "0", "1.2", "a/b", "..", "\n"]) | ANYTHING,
    "mimeType": KIND | ANYTHING,
    "filename": TEXT | ANYTHING,
    "headers": st.lists(HEADER | ANYTHING, max_size=3) | ANYTHING,
    "body": BODY | ANYTHING,
}
PAYLOADS = st.recursive(
    st.fixed_dictionaries({}, optional=FIELDS),
    lambda children: st.fixed_dictionaries(
        {"parts": st.lists(children | ANYTHING, max_size=4) | ANYTHING}, optional=FIELDS
    ),
    max_leaves=8,
)


@given(PAYLOADS)
def test_it_reads_shows_names_and_addresses_the_parts_of_any_tree(payload: dict[str, Any]) -> None:
    mail = read(payload)
    assert set(mail.parts) == {part.part_id for part in mail.parts.values()}
    assert {part.part_id for part in mail.shown} <= set(mail.parts)
    for part in mail.parts.values():
        assert file_name(part)
        assert part.size >= 0
        assert part.part_id in reverse("message_part", args=[7, "18c2", part.part_id])
    addresses = {part.content_id: part.part_id for part in mail.parts.values()}
    sources = [_source(section.html, section.plain) for section in mail.without_octets().sections]
    assert isinstance(render(sources, addresses, with_pictures=True).html.encode("utf-8", "replace"), bytes)


def test_a_part_that_nobody_can_read_costs_no_other() -> None:
    broken = {"partId": "0", "mimeType": "text/plain", "body": {"data": "é"}}
    other = {"partId": "1", "mimeType": "text/plain", "body": {"data": urlsafe_b64encode(b"read").decode()}}
    sections = read({"mimeType": "multipart/mixed", "parts": [broken, other]}).sections
    rendered = render([_source(section.html, section.plain) for section in sections], {}, with_pictures=False)
    assert "read" in rendered.html
    assert "Gmail shows it whole" in rendered.notice


def test_two_parts_with_one_number_are_two() -> None:
    parts = [{"partId": "0", "mimeType": "image/png", "body": {"attachmentId": name}} for name in ("a", "b")]
    mail = read({"mimeType": "multipart/mixed", "parts": parts})
    assert [part.attachment_id for part in mail.attachments] == ["a", "b"]
