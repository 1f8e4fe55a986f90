"""Members of a mailbox see who else has it on a screen now, and nobody else sees anything (presence_views.py)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gmail_sync.announce import announce
from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount
from gmail_sync.presence import room_of
from realtime.log import eventlog
from realtime.models import StoredEvent, Viewer
from realtime.presence.sweeper import sweep
from tests.gmail_sync.presence.room import Browser, later
from tests.support.inbox import connected, listing

pytestmark = pytest.mark.django_db(transaction=True)


def test_presence_01_somebody_is_seen_with_the_next_beat_and_is_gone_when_nothing_comes(
    anns: Browser, bobs: Browser
) -> None:
    assert anns.beat() == {}
    assert bobs.beat() == {"ann": "viewing"}
    assert anns.beat() == {"bob": "viewing"}
    later(12, user=bobs.user)
    assert anns.beat() == {"bob": "viewing"}
    later(10, user=bobs.user)
    assert anns.beat() == {}


def test_presence_01_a_page_that_is_closed_keeps_six_seconds(anns: Browser, bobs: Browser) -> None:
    bobs.beat()
    left, leaving = timezone.now(), timedelta(seconds=6)
    assert bobs.post("left").status_code == 200
    assert left < Viewer.objects.get().seen_until - leaving < timezone.now()
    later(6, user=bobs.user)
    assert anns.beat() == {}


def test_presence_03_who_closes_one_of_two_pages_stays(anns: Browser, bobs: Browser) -> None:
    bobs.beat()
    bobs.beat(client="another", state="idle")
    assert anns.beat() == {"bob": "viewing"}
    bobs.post("left")
    later(7, client=bobs.client)
    sweep()
    assert anns.beat() == {"bob": "idle"}


@pytest.mark.parametrize("end", ["logout", "leave", "disable", "delete"])
def test_presence_09_whoever_is_signed_out_leaves_or_is_disabled_is_gone_at_once(
    anns: Browser, bobs: Browser, end: str
) -> None:
    bobs.beat()
    if end == "logout":
        bobs.http.post("/logout/")
    elif end == "leave":
        membership.leave(bobs.user.pk, bobs.account.pk)
    elif end == "disable":
        bobs.user.is_active = False
        bobs.user.save()
    else:
        bobs.user.delete()
    assert not Viewer.objects.exists()
    assert bobs.post().status_code == (404 if end == "leave" else 302)
    carol = User.objects.create_user("carol")
    anns.account.users.add(carol)
    assert anns.beat() == {}


def test_presence_09_another_browser_of_theirs_stays_when_one_is_signed_out(anns: Browser, bobs: Browser) -> None:
    bobs.beat()
    other = Browser(bobs.user, bobs.account)
    other.beat()
    bobs.http.post("/logout/")
    assert [row.client for row in Viewer.objects.all()] == [other.client]
    assert anns.beat() == {"bob": "viewing"}


def test_presence_11_nobody_is_asked_where_nobody_else_can_be(ann: User) -> None:
    answer = Browser(ann, connected(ann, "alone@example.com")).post()
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Viewer.objects.exists()


def test_presence_15_who_hides_is_not_seen_and_sees_nobody_and_may_come_back(anns: Browser, bobs: Browser) -> None:
    bobs.beat()
    anns.beat()
    assert bobs.http.post("/presence/shown/", {"shown": "no"}).status_code == 302
    assert anns.beat() == {}
    assert bobs.post().status_code == 204
    assert anns.beat() == {}
    bobs.http.post("/presence/shown/", {"shown": "yes"})
    assert bobs.beat() == {"ann": "viewing"}
    assert anns.beat() == {"bob": "viewing"}


def test_it_asks_the_database_five_things_a_beat(anns: Browser) -> None:
    anns.beat()
    with CaptureQueriesContext(connection) as asked:
        anns.beat()
    statements = [query["sql"] for query in asked if not query["sql"].startswith(("BEGIN", "COMMIT"))]
    assert len(statements) == 5, statements  # session, user, membership, the room, the row


def test_presence_14_operators_read_nowhere_who_looks_at_what(anns: Browser, bobs: Browser, settings: Any) -> None:
    settings.DEBUG = True  # or there are no metrics
    bobs.beat()
    operator = Client()
    operator.force_login(User.objects.create_superuser("root"))
    paths = [f"/admin/auth/user/{bobs.user.pk}/delete/", "/admin/", "/admin/realtime/", "/metrics"]
    pages = [operator.get(path).content.decode() for path in paths]
    assert "an open page" in pages[0]
    assert not [page for page in pages if bobs.client in page or room_of(bobs.account.pk) in page]
    assert not StoredEvent.objects.exists()


def test_presence_15_the_page_of_the_mailboxes_offers_it_to_who_shares_one(anns: Browser) -> None:
    assert "Do not show me" in anns.http.get("/accounts/").content.decode()
    anns.http.post("/presence/shown/", {"shown": "no"})
    assert ">Show me<" in anns.http.get("/accounts/").content.decode()
    alone = Client()
    alone.force_login(User.objects.create_user("alone"))
    assert "how me" not in alone.get("/accounts/").content.decode()


def test_presence_11_the_list_and_the_mailboxes_status_say_whether_anybody_else_sees_it(
    ann: User, anns: Browser
) -> None:
    connected(ann, "alone@example.com")
    told = {account["email"]: account["shared"] for account in listing(anns.http)["accounts"]}
    assert told == {"alone@example.com": False, "team@example.com": True}
    for account in GmailAccount.objects.order_by("email"):
        with eventlog.atomic() as log:
            announce(log, account)
    stored = StoredEvent.objects.filter(user=ann).order_by("seq")
    assert [json.loads(event.payload)["shared"] for event in stored] == [False, True]
