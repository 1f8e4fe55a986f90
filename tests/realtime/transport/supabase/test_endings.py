"""Whatever ends a session silences the topic that its pages hear, even one that does not listen to `bye`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from realtime.log import eventlog, reading
from realtime.models import EventStream
from realtime.stream import tickets
from realtime.transport import sender
from realtime.transport.supabase import relay
from tests.realtime.conftest import MakeEvents
from tests.realtime.happened import Happened
from tests.realtime.page import serve
from tests.realtime.tickets import TicketPage
from tests.realtime.transport.supabase.conftest import Hear, told
from tests.support.supabase import Supabase
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("quiet")
End = Callable[[User, Client], object]


def log_out(ann: User, browser: Client) -> None:
    browser.logout()


def change_password(ann: User, browser: Client) -> None:
    ann.set_password("another one")
    ann.save()


def deactivate(ann: User, browser: Client) -> None:
    ann.is_active = False
    ann.save(update_fields=["is_active"])


def delete(ann: User, browser: Client) -> None:
    User.objects.filter(pk=ann.pk).delete()


@pytest.mark.parametrize("end", [log_out, change_password, deactivate, delete])
def test_rule_23_the_end_of_a_session_ends_its_topic(
    there: Supabase, ann: User, bob: User, key: str, client: Client, hear: Hear, happen: MakeEvents, end: End
) -> None:
    (secret, other) = hear(ann, bob)
    topic = relay.topic(secret)
    with there.listen(topic) as page:
        happen(ann)
        assert page.hear(topic)["last"] == 1
        end(ann, client)
        assert page.hear(topic) == {"v": 1, "bye": "auth"}
        happen(*User.objects.order_by("pk"), first=2)
        eventually(lambda: there.posts(relay.topic(other)))
        assert [post["payload"].get("bye") for post in there.posts(topic)] == [None, "auth"]
    assert not EventStream.objects.filter(relay_secret=secret).exists()


def test_rule_23_the_users_other_sessions_move_and_miss_nothing(
    there: Supabase, ann: User, key: str, client: Client, hear: Hear, happen: MakeEvents
) -> None:
    (old,) = hear(ann)
    elsewhere = Client()
    elsewhere.force_login(ann)
    client.logout()
    happen(ann)  # told at a topic that nobody has heard of yet

    async def story() -> None:
        assert (await TicketPage(key).wait_for_end()).status == 204
        ticket = await TicketPage(elsewhere.cookies["sessionid"].value).ticket()
        assert ticket["topic"] != relay.topic(old)
        assert ticket["head"].endswith("-1")  # so that the page sees that it has missed it

    serve(story)


def test_rule_23_a_session_that_is_over_by_age_gets_no_further_token(
    there: Supabase, ann: User, key: str, hear: Hear
) -> None:
    hear(ann)

    async def story() -> None:
        assert (await TicketPage(key).ticket())["expires_in"] == 300

    serve(story)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    async def later() -> None:
        assert (await TicketPage(key).wait_for_end()).status == 204

    serve(later)


def test_rule_23_whoever_keeps_a_token_of_such_a_session_hears_nothing_once_it_has_lived(
    there: Supabase, ann: User, key: str, hear: Hear, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(ann)
    monkeypatch.setattr(relay, "TOKEN_SECONDS", 10)  # for the 300 that the test above sees
    given: list[dict[str, Any]] = []

    async def story() -> None:
        given.append(await TicketPage(key).ticket())

    serve(story)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    with there.connect() as page:
        topic = given[0]["topic"]
        assert page.join(topic, given[0]["token"]) == "ok"
        page.wait_for(lambda message: message.event == "phx_close", 60)
        happen(ann)
        eventually(lambda: there.posts(topic))
        assert "expired" in page.join(topic, given[0]["token"])
        assert not [message for message in page.received if message.event == "broadcast"]


@pytest.mark.usefixtures("machine")
def test_rule_02_nothing_of_before_a_leave_is_told_after_it(there: Supabase, ann: User, happen: MakeEvents) -> None:
    happen(ann, first=2)
    with eventlog.atomic() as log:
        log.forget(ann.pk)
        log.append([ann.pk], Happened(gone=True))
    there.clear_faults()
    eventually(lambda: told(there)[-1:] and told(there)[-1][1] == 3)
    assert "frames" not in there.posts()[-1]["payload"]
    assert reading.head(ann.pk).seq == 3


def test_rule_23_off_silences_all_within_the_commit(there: Supabase, ann: User, hear: Hear, happen: MakeEvents) -> None:
    (secret,) = hear(ann)
    topic = relay.topic(secret)
    with there.listen(topic) as page:
        call_command("transport", "off")
        assert page.hear(topic) == {"v": 1, "bye": "transport"}
    there.forget_posts()
    happen(ann)
    sender._senders["supabase"].last_words().result(60)  # had it anything to say, it would be there by now
    assert tickets._granted([ann.pk])[ann.pk].secret == ""
    assert there.posts() == []
