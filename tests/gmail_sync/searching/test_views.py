"""The views beside the inbox: from the mirror at once, from Gmail by label, each at an address (wanted.py)."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from gmail_sync.models import GmailAccount, MailboxLabels, Message
from gmail_sync.pages.phrases import PHRASES
from gmail_sync.reading import access
from gmail_sync.searching import all_mail
from gmail_sync.searching.query import Term, Unusable
from gmail_sync.searching.wanted import VIEWS, Wanted, parse_view
from realtime.presence.pace import Pace
from tests.gmail_sync.searching.conftest import Search, ids
from tests.support.google.harness import Mailbox, sync

OWN = "Label_1"


@pytest.fixture
def view(search: Search) -> Search:
    """Asks for what a view holds; returns the answer."""
    return lambda name, **more: search("", view=name, **more)


@pytest.fixture
def kinds(gmail: Mailbox, account: GmailAccount) -> dict[str, str]:
    """A mail of each kind, by label, of which the mirror has all but spam."""
    labels = {"STARRED": ["INBOX"], "SENT": [], OWN: [], "TRASH": ["STARRED"], "SPAM": []}
    found = {label: gmail.deliver(label_ids=[label, *more])[0] for label, more in labels.items()}
    sync(account)
    return found


@pytest.mark.parametrize(
    ("name", "label"), [("starred", "STARRED"), ("sent", "SENT"), ("spam", "SPAM"), ("trash", "TRASH"), (OWN, OWN)]
)
def test_a_view_holds_what_has_its_label(
    view: Search, account: GmailAccount, kinds: dict[str, str], name: str, label: str
) -> None:
    of_mailbox = {"account": str(account.pk)}
    assert ids(view(name, **of_mailbox)) == [kinds[label]]
    here = ids(view(name, here="1", **of_mailbox))
    assert here == [kinds[label]]  # also the spam, which the look has brought


def test_all_mail_is_without_spam_and_trash(view: Search, kinds: dict[str, str]) -> None:
    for more in ({}, {"here": "1"}):
        found = set(ids(view("all", **more)))
        assert {kinds["STARRED"], kinds["SENT"], kinds[OWN]} <= found
        assert not {kinds["SPAM"], kinds["TRASH"]} & found


def test_what_is_unread_is_that_of_the_inbox(view: Search, gmail: Mailbox, account: GmailAccount) -> None:
    for seeded in gmail.state["messages"]:
        gmail.modify(seeded["id"], remove=["UNREAD"])
    wanted = gmail.deliver(label_ids=["INBOX", "UNREAD"])
    for labels in (["UNREAD"], ["INBOX"], ["INBOX", "UNREAD", "TRASH"]):
        gmail.deliver(label_ids=labels)
    sync(account)
    assert ids(view("unread")) == ids(view("unread", here="1")) == wanted


def test_it_tells_when_gmail_was_asked(view: Search, kinds: dict[str, str]) -> None:
    assert view("starred")["at"].endswith("Z")


def test_what_no_longer_has_the_label_is_gone(
    view: Search, gmail: Mailbox, account: GmailAccount, kinds: dict[str, str]
) -> None:
    gmail.modify(kinds["STARRED"], remove=["STARRED"])
    sync(account)
    assert ids(view("starred", here="1")) == ids(view("starred")) == []


@pytest.mark.parametrize("name", ["inbox", "STARRED", "label_1", "Label_", "Label_ 1", "x" * 300])
def test_it_knows_no_other_view(reader: Client, account: GmailAccount, name: str) -> None:
    assert reader.get("/search/", {"view": name, "account": str(account.pk)}).status_code == 400


def test_a_label_is_of_one_mailbox(reader: Client, account: GmailAccount) -> None:
    assert reader.get("/search/", {"view": OWN}).status_code == 400
    with pytest.raises(Unusable):
        parse_view(OWN, None)


def test_a_label_that_is_gone_has_no_mail_and_all_are_listed_anew(
    view: Search, gmail: Mailbox, account: GmailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(all_mail, "asks", Pace(access.ASK_SECONDS))
    gmail.fault("messages.list", status=400, reason="invalidArgument", message="Invalid label: Label_1", times=2)
    for due in (True, False):  # and not at each look
        answer = view(OWN, account=str(account.pk))
        assert (ids(answer), answer["after"], answer["accounts"][0]["state"]) == ([], None, "ok")
        account.refresh_from_db()
        assert account.labels_due is due
        GmailAccount.objects.update(labels_due=False)


def test_the_mirror_is_asked_for_labels() -> None:
    spam, trash = (Term("label", label, negated=True) for label in ("SPAM", "TRASH"))
    assert Wanted(view="all").terms() == [spam, trash]
    assert Wanted(view="trash").terms() == [Term("label", "TRASH"), spam]
    assert Wanted(query="is:unread").terms() == [Term("is", "unread")]


def test_a_view_is_a_page_of_its_own(reader: Client, account: GmailAccount, kinds: dict[str, str]) -> None:
    Message.objects.filter(gmail_id=kinds[OWN]).update(subject="A receipt")
    listed = [{"id": OWN, "name": "Receipts <b>", "type": "user", "color": "#16a766"}]
    MailboxLabels.objects.create(account=account, labels=listed, listed_at=timezone.now())
    page = reader.get("/", {"view": OWN, "account": str(account.pk)}).content.decode()
    assert "<title>Receipts &lt;b&gt; - Finito</title>" in page
    assert "As of " in page
    assert "A receipt" in page
    assert f'data-view="{OWN}" aria-current="page"><span class="hue" data-hue="3">' in page
    assert reader.get("/", {"view": "Label_9", "account": str(account.pk)}).status_code == 404
    assert "<title>Inbox - Finito</title>" in reader.get("/", {"view": "nothing"}).content.decode()


def test_the_page_knows_the_same_views() -> None:
    script = (settings.BASE_DIR / "gmail_sync/static/gmail_sync/views.js").read_text()
    listed = re.findall(r"(\w+): \[(.*?)\]", script.partition("const VIEWS = {")[2].partition("}")[0])
    known = {name: tuple(re.findall(r'"(\w+)"', labels)) for name, labels in listed}
    assert known == VIEWS
    assert PHRASES["views"]["names"].keys() == VIEWS.keys()
