"""The acts that wait, as a page that is loaded anew asks for them: in bounded answers, all of them, and one's own."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from gmail_sync.acting import views
from gmail_sync.models import GmailAccount, LabelAction
from tests.gmail_sync.acting.page import ActingPage


def wait(user: User, account: GmailAccount, count: int) -> list[str]:
    """Let so many acts wait; returns their ops."""
    acts = [
        LabelAction(op=uuid.uuid4(), user=user, account=account, add=["STARRED"], created_at=timezone.now())
        for _ in range(count)
    ]
    return [str(act.op) for act in LabelAction.objects.bulk_create(acts)]


def test_it_answers_a_hundred_at_once_and_where_to_go_on(acting: GmailAccount, page: ActingPage, ann: User) -> None:
    ops = wait(ann, acting, 250)
    answer = page.browser.get("/actions/?open=1").json()
    assert [act["op"] for act in answer["open"]] == ops[: views.MOST_OPEN]
    assert [act["op"] for act in page.open()] == ops
    assert "after" not in page.browser.get(f"/actions/?open=1&after={LabelAction.objects.latest('pk').pk}").json()


def test_it_knows_no_place_but_its_own(acting: GmailAccount, page: ActingPage, bob: User) -> None:
    wait(bob, acting, 1)
    assert page.open() == []
    for place in ("x", "-1", "1" * 30, "٣"):
        assert page.browser.get("/actions/", {"open": "1", "after": place}).status_code == 400


@pytest.mark.parametrize("count", [100, 101])
def test_it_ends_where_they_end(acting: GmailAccount, page: ActingPage, ann: User, count: int) -> None:
    wait(ann, acting, count)
    assert ("after" in page.browser.get("/actions/?open=1").json()) is (count > views.MOST_OPEN)
    assert len(page.open()) == count
