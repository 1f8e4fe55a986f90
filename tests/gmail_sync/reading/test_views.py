"""A member reads a message at its own addresses, and nobody else does (views.py)."""

from email.message import EmailMessage

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from gmail_sync.models import GmailAccount, Message
from gmail_sync.reading import fetching
from gmail_sync.reading.memory import memory
from tests.gmail_sync.reading.conftest import Receive, address, written
from tests.support.google.harness import Mailbox, is_due
from tests.support.google.harness import sync as read_mailbox

pytestmark = pytest.mark.any_database

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"


def with_files() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "mira@x.example", "Files"
    mail.set_content("plain")
    mail.add_alternative('<p>See <img src="cid:pic@x"></p>', subtype="html")
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<pic@x>")  # type: ignore[union-attr, index]
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Bericht für März.pdf")
    return mail.as_bytes()


def test_it_shows_the_html_in_a_document_of_its_own(reader: Client, receive: Receive) -> None:
    message = receive(written("<p>Hello <b>Ann</b></p><script>alert(1)</script>"))
    answer = reader.get(address(message))
    assert "<p>Hello <b>Ann</b></p>" in answer.content.decode()
    assert "<script" not in answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == (
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
        f" img-src http://testserver{address(message, 'parts/')}; style-src 'unsafe-inline';"
        " form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    wanted = {"X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}
    wanted |= {"Cache-Control": "no-store, no-transform"}
    wanted |= {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
    assert wanted.items() <= dict(answer.headers).items()


def test_it_allows_remote_pictures_only_when_they_are_wanted(reader: Client, receive: Receive) -> None:
    message = receive(written('<p>A</p><img src="https://pictures.example/a.png">'))
    held, shown = (reader.get(f"{address(message)}{query}") for query in ("", "?images=1"))
    assert "https:" not in held.headers["Content-Security-Policy"]
    assert 'data-held="1" data-hosts="pictures.example"' in held.content.decode()
    assert "/parts/ https:; style-src" in shown.headers["Content-Security-Policy"]
    assert 'src="https://pictures.example/a.png"' in shown.content.decode()
    assert 'src="https://' not in held.content.decode()


@pytest.mark.parametrize("what", ["body/", "parts/", "parts/1/", "raw/", "body/?warm=1"])
def test_it_knows_no_message_of_others(client: Client, receive: Receive, what: str) -> None:
    message = receive(written())
    client.force_login(User.objects.create_user("mallory"))
    assert client.get(address(message, what)).status_code == 404
    missing = f"/messages/{message.account_id}/0000/{what}"
    assert client.get(missing).status_code == 404
    client.logout()
    assert client.get(address(message, what)).status_code == 302


def test_it_lists_attachments_and_downloads_them(reader: Client, receive: Receive) -> None:
    message = receive(with_files())
    files = {one["mime_type"]: one for one in reader.get(address(message, "parts/")).json()["attachments"]}
    assert (files["image/png"]["inline"], files["application/pdf"]["inline"]) == (True, False)
    answer = reader.get(files["application/pdf"]["url"])
    assert (answer.content, answer.headers["Content-Type"]) == (b"%PDF", "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Bericht%20f")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_shows_a_picture_to_the_frame_and_downloads_it_to_all_others(reader: Client, receive: Receive) -> None:
    message = receive(with_files())
    page = reader.get(address(message)).content.decode()
    source = page.partition('<img src="')[2].partition('"')[0]
    assert source.startswith(f"http://testserver{address(message, 'parts/')}")
    shown = reader.get(source, headers={"Sec-Fetch-Dest": "image"})
    assert (shown.content, shown.headers["Content-Type"]) == (PNG, "image/png")
    opened = reader.get(source, headers={"Sec-Fetch-Dest": "document"})
    assert opened.headers["Content-Disposition"].startswith("attachment")


def test_it_shows_the_source_and_gives_it_as_a_file(reader: Client, receive: Receive) -> None:
    octets = written("<p>x</p>")
    message = receive(octets)
    shown, saved = (reader.get(address(message, f"raw/{query}")) for query in ("", "?download=1"))
    assert (shown.content, shown.headers["Content-Type"]) == (octets, "text/plain; charset=utf-8")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{message.gmail_id}.eml"'


def test_it_says_that_a_message_is_gone_and_asks_for_a_sync(
    reader: Client, receive: Receive, gmail: Mailbox, account: GmailAccount
) -> None:
    message = receive(written())
    gmail.act(message.gmail_id, "delete")
    for what in ("body/", "parts/", "parts/root/", "raw/"):
        answer = reader.get(address(message, what))
        assert answer.status_code == 410, what
        assert "no longer in Gmail" in answer.content.decode()
    assert is_due(account)
    read_mailbox(account)
    assert reader.get(address(message)).status_code == 404


def test_it_asks_for_a_consent_and_decides_nothing(
    reader: Client, receive: Receive, gmail: Mailbox, account: GmailAccount
) -> None:
    message = receive(written())
    gmail.account("revoke")
    assert reader.get(address(message)).status_code == 409
    account.refresh_from_db()
    assert account.state == "connected"
    assert is_due(account)


@pytest.mark.parametrize(("status", "retry_after", "told"), [(429, 7, 7), (503, None, 10)])
def test_it_says_when_to_try_again(
    reader: Client, receive: Receive, gmail: Mailbox, status: int, retry_after: int | None, told: int
) -> None:
    message = receive(written(text="The beginning of it"))
    gmail.fault("messages.get", status=status, retry_after=retry_after)
    answer = reader.get(address(message))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(told))
    assert "The beginning of it" in answer.content.decode()
    assert reader.get(address(message)).status_code == 200


def test_it_reads_ahead_without_a_word(reader: Client, receive: Receive, gmail: Mailbox) -> None:
    message = receive(written())
    before = gmail.calls("messages.get")
    assert reader.get(address(message, "body/?warm=1")).status_code == 204
    assert reader.get(address(message)).status_code == 200
    assert gmail.calls("messages.get") == before + 1


def test_it_reads_a_conversation_at_once(reader: Client, receive: Receive, gmail: Mailbox) -> None:
    first = receive(written(text="one"))
    rest = [receive(written(text=text), thread_id=first.gmail_id) for text in ("two", "three")]
    before = gmail.calls("messages.get")
    for message, text in zip([first, *rest], ("one", "two", "three"), strict=True):
        assert text in reader.get(f"{address(message)}?thread=1").content.decode()
    assert (gmail.calls("threads.get"), gmail.calls("messages.get")) == (1, before)


def test_it_waits_for_another_reader_only_as_long_as_makes_sense(
    reader: Client, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(written())
    monkeypatch.setattr(fetching, "WAIT_SECONDS", 0.01)
    with fetching._alone_with(message.account_id, message.thread_id):
        assert reader.get(address(message)).status_code == 503
    assert reader.get(address(message)).status_code == 200


def test_it_stands_in_a_frame_and_nowhere_else(reader: Client, receive: Receive) -> None:
    message = receive(written())
    alone = reader.get(address(message), headers={"Sec-Fetch-Dest": "document"})
    assert alone.headers["Location"] == f"/conversations/{message.account_id}/{message.thread_id}/"
    for what in ("body/", "body/?warm=1"):
        assert reader.get(address(message, what), headers={"Sec-Fetch-Dest": "image"}).status_code == 403
    assert reader.get(address(message), headers={"Sec-Fetch-Dest": "iframe"}).status_code == 200


def test_it_forgets_at_the_logout_and_when_a_member_leaves(reader: Client, receive: Receive) -> None:
    message = receive(written())
    for leave in (lambda: reader.post("/logout/"), lambda: message.account.users.clear()):
        reader.force_login(User.objects.get(username="ann"))
        reader.get(address(message))
        assert memory.get((message.account_id, message.gmail_id))
        leave()
        assert memory.get((message.account_id, message.gmail_id)) is None
    assert Message.objects.filter(pk=message.pk).exists()


def test_it_shows_the_plain_text_of_a_mail_that_is_too_large(reader: Client, receive: Receive) -> None:
    message = receive(written("<p>much of it</p>" * 200_000, text="The plain text"))
    page = reader.get(address(message)).content.decode()
    assert "The plain text" in page
    assert "longer than what is shown" in page


def test_it_stores_no_body(reader: Client, receive: Receive) -> None:
    message = receive(written(f"<p>{'word ' * 100}</p><p>nowhere-at-rest</p>", text="Hi"))
    assert "nowhere-at-rest" in reader.get(address(message)).content.decode()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert "nowhere-at-rest" not in str(cursor.fetchall()), table
