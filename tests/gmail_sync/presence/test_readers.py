"""Where the mailbox shows it, its members see who of them has which conversation open; else nothing of it is kept."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount
from realtime.models import StoredEvent, Viewer
from realtime.transport import publish
from tests.gmail_sync.presence.room import Browser, conversation, later
from tests.support.inbox import connected

pytestmark = pytest.mark.django_db(transaction=True)


def test_presence_01_a_reader_is_seen_with_the_next_beat_until_they_close_it(anns: Browser, bobs: Browser) -> None:
    assert anns.show_readers() == 302
    bobs.beat(inner=conversation(anns.account, "t1"))
    assert anns.readers() == {"bob": {conversation(anns.account, "t1"): "viewing"}}
    bobs.beat("idle", inner=conversation(anns.account, "t2"))
    assert anns.readers() == {"bob": {conversation(anns.account, "t2"): "idle"}}
    bobs.beat()
    assert anns.readers() == {}
    assert anns.beat() == {"bob": "viewing"}


def test_presence_03_who_closes_one_of_two_conversations_reads_the_other(anns: Browser, bobs: Browser) -> None:
    anns.show_readers()
    bobs.open("t1", "t2")
    bobs.open("t1", "t3", state="idle")
    first, second, third = (conversation(anns.account, thread) for thread in ("t1", "t2", "t3"))
    assert anns.readers() == {"bob": {first: "idle", second: "viewing", third: "idle"}}
    bobs.post("left", client=f"{bobs.client}-t2")
    later(7, client=f"{bobs.client}-t2")
    assert anns.readers() == {"bob": {first: "idle", third: "idle"}}


def test_presence_14_nothing_is_kept_or_told_of_it_unless_the_mailbox_shows_it(anns: Browser, bobs: Browser) -> None:
    bobs.beat(inner=conversation(anns.account, "t1"))
    assert list(Viewer.objects.values_list("inner", flat=True)) == [""]
    answer = anns.post().json()
    assert (answer["shows_readers"], [person.keys() for person in answer["people"]]) == (
        False,
        [{"id", "name", "state"}],
    )


def test_presence_14_what_was_told_is_gone_when_it_is_switched_off(
    anns: Browser, bobs: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    anns.show_readers()
    bobs.beat(inner=conversation(anns.account, "t1"))
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(publish, "send_soon", lambda group, message: told.append(message))
    bobs.show_readers("no")
    frames = [message for message in told if message["type"] == "hub.presence"]
    assert anns.user.pk in {frame["user_id"] for frame in frames}
    assert not [person for frame in frames for person in frame["payload"]["people"] if "inner" in person]
    assert not Viewer.objects.exclude(inner="").exists()


def test_presence_14_a_row_that_was_written_too_late_is_not_told(anns: Browser, bobs: Browser) -> None:
    bobs.beat()
    Viewer.objects.update(inner=conversation(anns.account, "t1"))  # the mailbox showed it when the beat looked
    assert anns.readers() == {}


def test_presence_14_only_this_mailbox_shows_it(anns: Browser, bobs: Browser) -> None:
    anns.show_readers()
    other = connected(anns.user, "other@example.com")
    other.users.add(bobs.user)
    elsewhere = Browser(bobs.user, other)
    elsewhere.open("t1")
    assert Browser(anns.user, other).readers() == {}
    bobs.open("t1")
    assert anns.readers() == {"bob": {conversation(anns.account, "t1"): "viewing"}}


@pytest.mark.parametrize(
    "inner", ["message.999999.t1", "message.{pk}.", "message.{pk}.a.b", "message.{pk}.ä", "mailbox.{pk}", "{pk}", "x",
              "message.0{pk}.t1", "message.{pk}." + 65 * "t"],
)  # fmt: skip
def test_rule_24_presence_10_a_conversation_of_elsewhere_is_none(anns: Browser, inner: str) -> None:
    anns.show_readers()
    assert anns.post(inner=inner.format(pk=anns.account.pk)).status_code == 404
    assert not Viewer.objects.exists()


@pytest.mark.parametrize("inner", [7, None, [], {"a": 1}])
def test_it_refuses_a_conversation_that_is_no_text(anns: Browser, inner: Any) -> None:
    assert anns.post(inner=inner).status_code == 400


def test_presence_10_a_stranger_switches_nothing(anns: Browser) -> None:
    stranger = Browser(User.objects.create_user("eve"), anns.account)
    assert stranger.show_readers() == 404
    assert anns.http.get(f"/accounts/{anns.account.pk}/readers/").status_code == 405
    assert anns.http.post("/accounts/999999/readers/", {"shown": "yes"}).status_code == 404
    assert not GmailAccount.objects.get().shows_readers


def test_presence_15_who_hides_reads_unseen_and_sees_no_reader(anns: Browser, bobs: Browser) -> None:
    anns.show_readers()
    anns.open("t1")
    bobs.open("t1")
    bobs.http.post("/presence/shown/", {"shown": "no"})
    assert anns.readers() == {}
    assert bobs.post(inner=conversation(anns.account, "t1")).status_code == 204
    assert anns.readers() == {}


def test_presence_09_who_leaves_the_mailbox_reads_nothing_any_more(anns: Browser, bobs: Browser) -> None:
    anns.show_readers()
    carol = Browser(User.objects.create_user("carol"), anns.account)
    anns.account.users.add(carol.user)
    bobs.open("t1")
    membership.leave(bobs.user.pk, anns.account.pk)
    assert (carol.readers(), bobs.post(inner=conversation(anns.account, "t1")).status_code) == ({}, 404)


def test_it_asks_the_database_five_things_a_beat_with_a_conversation_too(anns: Browser, bobs: Browser) -> None:
    anns.show_readers()
    inner = conversation(anns.account, "t1")
    anns.beat(inner=inner)
    with CaptureQueriesContext(connection) as asked:
        anns.beat(inner=inner)
    statements = [query["sql"] for query in asked if not query["sql"].startswith(("BEGIN", "COMMIT"))]
    assert len(statements) == 5, statements


def test_presence_14_all_members_are_told_that_it_is_shown(anns: Browser, bobs: Browser) -> None:
    assert "members do not see who reads what" in bobs.http.get("/accounts/").content.decode()
    anns.show_readers()
    assert "every member sees which conversation" in bobs.http.get("/accounts/").content.decode()
    told = StoredEvent.objects.filter(type="account.status").values_list("user", flat=True)
    assert set(told) == {anns.user.pk, bobs.user.pk}  # their pages beat then, and are answered that it is so
    assert bobs.post().json()["shows_readers"]


def test_presence_14_operators_read_nowhere_who_reads_what(
    anns: Browser, bobs: Browser, settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.DEBUG = True  # or there are no metrics
    anns.show_readers()
    bobs.open("t-secret")
    operator = Client()
    operator.force_login(User.objects.create_superuser("root"))
    paths = [f"/admin/auth/user/{bobs.user.pk}/delete/", f"/admin/gmail_sync/gmailaccount/{anns.account.pk}/change/"]
    seen = [operator.get(path).content.decode() for path in (*paths, "/admin/", "/metrics")]
    seen += StoredEvent.objects.values_list("payload", flat=True)
    assert "an open page" in seen[0]
    assert not [text for text in (*seen, *capfd.readouterr()) if "t-secret" in text]


def test_presence_11_a_mailbox_of_ones_own_offers_no_such_choice(ann: User) -> None:
    alone = Browser(ann, connected(ann, "alone@example.com"))
    assert "who reads what" not in alone.http.get("/accounts/").content.decode()
    assert alone.post(inner=conversation(alone.account, "t1")).status_code == 204
