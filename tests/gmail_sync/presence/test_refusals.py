"""Strangers, forged words, floods and names of any kind (presence_views.py)."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync import presence_views
from realtime.models import Viewer
from realtime.presence.pace import Pace
from tests.gmail_sync.presence.room import Browser, later

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.mark.parametrize("room", ["mailbox.999999", "mailbox.0", "mailbox.9223372036854775808", "message.7.a", "", "x"])
def test_rule_24_presence_10_a_room_that_is_not_theirs_is_one_that_does_not_exist(anns: Browser, room: str) -> None:
    strangers = Browser(User.objects.create_user("eve"), anns.account)
    assert strangers.post().status_code == 404
    assert anns.post(room=room).status_code == 404
    assert not Viewer.objects.exists()


def test_presence_10_nobody_speaks_for_another_users_page(anns: Browser, bobs: Browser) -> None:
    anns.beat(client="same")
    bobs.beat(client="same")
    bobs.post("left", client="same")
    later(7, user=bobs.user)
    assert bobs.beat(client="same") == {"ann": "viewing"}
    assert Viewer.objects.count() == 2


def test_presence_10_a_ninth_page_takes_the_place_of_the_oldest(anns: Browser) -> None:
    for number in range(9):
        anns.beat(client=f"page-{number}")
        later(1)
    kept = Viewer.objects.order_by("seen_until").values_list("client", flat=True)
    assert list(kept) == [f"page-{number}" for number in range(1, 9)]


def test_presence_10_who_asks_too_often_is_told_to_wait(anns: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_views, "page_pace", Pace(3_600))
    monkeypatch.setattr(presence_views, "session_pace", Pace(3_600, burst=8))
    answers = [anns.post(), anns.post(), anns.post("left")]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "3600"
    codes = [anns.post(client=f"page-{number}").status_code for number in range(9)]
    assert codes == 7 * [200] + 2 * [429]
    assert Browser(anns.user, anns.account).post().status_code == 200


@pytest.mark.parametrize(
    ("first", "last", "username", "name"),
    [
        ("<b>Ben</b>", "<script>alert(1)</script>", "ben", "<b>Ben</b> <script>alert(1)</script>"),
        ("ليلى", "حداد", "layla", "ليلى حداد"),
        ("A" * 100, "B" * 99, "long", "A" * 100 + " " + "B" * 99),
        ("", "", "ben.okafor@example.com", "ben.okafor"),
    ],
)
def test_presence_16_a_name_is_text_and_never_an_address(
    anns: Browser, first: str, last: str, username: str, name: str
) -> None:
    ben = User.objects.create_user(username, first_name=first, last_name=last, email="ben@example.com")
    anns.account.users.add(ben)
    Browser(ben, anns.account).beat()
    answer = anns.post()
    assert [person["name"] for person in answer.json()["people"]] == [name]
    assert answer.content.isascii()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "1", '{"client":"a"}', '{"client":"a b","room":"x","state":"viewing"}', "[" * 100_000,
             '{"client":"a","room":"x","state":"seen"}', '{"client":1,"room":"x","state":"left"}',
             '{"client":"a","room":7,"state":"left"}', '{"client":"a","room":"x","state":[]}'],
)  # fmt: skip
def test_it_refuses_what_is_no_beat(anns: Browser, body: str) -> None:
    assert anns.http.post("/presence/", body, content_type="application/json").status_code == 400


def test_it_asks_for_a_session_a_token_and_a_post(anns: Browser) -> None:
    assert Client().post("/presence/").headers["Location"].startswith("/login/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anns.user)
    assert strict.post("/presence/", "{}", content_type="application/json").status_code == 403
    assert anns.http.get("/presence/").status_code == 405
