"""The labels that people made, as pages show them: on rows and conversations, with one of six hues (labels.py)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gmail_sync.models import GmailAccount, MailboxLabels
from gmail_sync.pages.labels import hue_of, own_labels
from tests.support.inbox import connected, mail

RECEIPTS = {"id": "Label_1", "name": "Receipts", "type": "user", "color": "#fb4c2f"}
STARRED = {"id": "STARRED", "name": "STARRED", "type": "system"}


def listed(account: GmailAccount, *labels: dict[str, str]) -> None:
    MailboxLabels.objects.create(account=account, labels=list(labels), listed_at=timezone.now())


@pytest.mark.parametrize(
    ("color", "hue"),
    [
        ("#fb4c2f", 1),
        ("#ffad47", 2),
        ("#fad165", 2),
        ("#16a766", 3),
        ("#2da2bb", 4),
        ("#4a86e8", 5),
        ("#a479e2", 6),
        ("#f691b3", 6),
        ("#cc3a21", 1),
        ("#ffffff", 0),
        ("#666666", 0),
        ("", 0),
        ("red", 0),
    ],
)
def test_gmails_colours_become_six_hues(color: str, hue: int) -> None:
    assert hue_of(color) == hue


@pytest.mark.django_db
def test_they_are_the_users_own(user: User) -> None:
    account, other = connected(user), connected(User.objects.create_user("bob"), "bob@example.com")
    listed(account, STARRED, RECEIPTS)
    listed(other, RECEIPTS)
    assert own_labels(user.pk) == {account.pk: [{**RECEIPTS, "hue": 1}]}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "shown"), [("\u202egnp", "gnp"), ("\u202e\u2800", "Label_1"), ("", "Label_1")])
def test_a_name_turns_nothing_around_and_is_never_blank(user: User, name: str, shown: str) -> None:
    account = connected(user)
    listed(account, {**RECEIPTS, "name": name})
    assert [label["name"] for label in own_labels(user.pk)[account.pk]] == [shown]


@pytest.mark.django_db
def test_a_row_and_its_conversation_show_theirs(signed_in: Client, user: User, settings: object) -> None:
    account = connected(user)
    listed(account, STARRED, RECEIPTS, {"id": "Label_2", "name": "Travel", "type": "user"})
    mail(account, 1, "INBOX", "Label_1", "STARRED")
    for path in ("/", f"/conversations/{account.pk}/t1/"):
        page = signed_in.get(path, secure=True).content.decode()
        shown = page.partition('class="row-labels"' if path == "/" else 'id="thread-labels">')[2].partition("</b>")[0]
        assert 'data-hue="1"' in shown
        assert shown.endswith(">Receipts")
