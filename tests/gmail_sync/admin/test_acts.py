"""Operators see what members did, how it stands and why it was refused, and change none of it (admin/acts.py)."""

import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models.functions import Now
from django.test import Client

from gmail_sync.models import GmailAccount, LabelAction
from tests.support.inbox import connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
LIST = "/admin/gmail_sync/labelaction/"


@pytest.fixture
def refused(ann: User) -> LabelAction:
    account: GmailAccount = connected(ann, "team@example.com")
    values = {"user": ann, "account": account, "message_ids": ["18c1", "18c2"], "add": ["TRASH"], "remove": ["INBOX"]}
    outcome = {"state": "refused", "reason": "read_only", "failed": ["18c2"], "settled_at": Now()}
    return LabelAction.objects.create(op=uuid.uuid4(), created_at=Now(), **values, **outcome)


def test_the_list_tells_who_what_when_and_why_not(operator: Client, refused: LabelAction) -> None:
    by = LabelAction.objects.create(
        op=uuid.uuid4(), created_at=Now(), user=refused.user, account=refused.account, undoes=refused
    )
    page = operator.get(LIST).content.decode()
    told = ("team@example.com", ">ann<", "+TRASH -INBOX", "2, 1 failed", "read_only", "ago", f"takes {refused.pk} back")
    assert [words for words in told if words not in page] == []
    found = operator.get(f"{LIST}?q={by.op}").content.decode()
    assert ("2, 1 failed" in found, f"takes {refused.pk} back" in found) == (False, True)
    assert "2, 1 failed" in operator.get(f"{LIST}?state__exact=refused").content.decode()


def test_nobody_changes_one(operator: Client, refused: LabelAction) -> None:
    page = operator.get(f"{LIST}{refused.pk}/change/").content.decode()
    assert "18c1" in page
    assert 'name="_save"' not in page
    assert operator.get(f"{LIST}add/").status_code == 403
    assert operator.post(f"{LIST}{refused.pk}/change/", {"state": "done"}).status_code == 403
    assert operator.post(f"{LIST}{refused.pk}/delete/", {"post": "yes"}).status_code == 403
    operator.post(LIST, {"action": "delete_selected", "_selected_action": refused.pk, "post": "yes"})
    refused.refresh_from_db()
    assert refused.state == "refused"


def test_who_may_view_them_sees_them_and_nobody_else(client: Client, refused: LabelAction) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    client.force_login(viewer)
    assert client.get(LIST).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="view_labelaction"))
    assert "read_only" in client.get(LIST).content.decode()
