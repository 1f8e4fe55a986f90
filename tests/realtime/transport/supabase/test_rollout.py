"""For whom it is on: always the same users, by command and by the admin's page, and whoever is not is let go."""

from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from realtime.models import EventStream, Rollout
from realtime.stream import tickets
from realtime.transport.supabase import hearers, rollout
from tests.realtime.conftest import MakeEvents
from tests.support.environment import NOBODY


@pytest.fixture(autouse=True)
def _configured(settings: Settings) -> None:
    settings.SUPABASE_URL, settings.SUPABASE_PUBLISHABLE_KEY = NOBODY, "sb_publishable_x"
    settings.SUPABASE_SIGNING_KEY, settings.SUPABASE_PAYLOAD = "s" * 40, "sealed"


@pytest.fixture(autouse=True)
def byes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The topics that were told to end, and why."""
    told: list[tuple[int, str]] = []

    def note(messages: Any) -> None:
        told.extend((message.user_id, message.bye) for message in messages)

    monkeypatch.setattr("realtime.transport.supabase.publisher.send_soon", note)
    return told


def transport(*words: str) -> str:
    out = StringIO()
    call_command("transport", *words, stdout=out)
    return out.getvalue()


def heard(*users: User) -> set[int]:
    return set(hearers.heard([user.pk for user in users]))


def test_rule_23_a_percentage_is_sticky_monotone_and_fair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.transport.installation.name", lambda: "abcdefgh-0011")
    shares = [rollout.chosen(Rollout(percent=percent), range(10_000)) for percent in range(101)]
    assert all(fewer <= more for fewer, more in pairwise(shares))
    assert all(abs(len(share) - 100 * percent) <= 100 for percent, share in enumerate(shares))
    assert shares[37] == rollout.chosen(Rollout(percent=37), range(10_000))


def test_rule_23_another_installation_chooses_others(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    for name in ("abcdefgh-0011", "bbcdefgh-0011"):
        monkeypatch.setattr("realtime.transport.installation.name", lambda name=name: name)
        chosen.append(rollout.chosen(Rollout(percent=10), range(1_000)))
    assert len(chosen[0] & chosen[1]) < 50


def test_it_chooses_by_user_by_group_and_by_percent(ann: User, bob: User, django_user_model: type[User]) -> None:
    cleo, staff = django_user_model.objects.create(username="cleo"), Group.objects.create(name="staff")
    staff.user_set.add(bob)
    assert transport("on", "--user", "ann", "--group", "staff") == "on: 2 of 3 users are chosen.\n"
    assert {pk for pk, grant in tickets._granted([ann.pk, bob.pk, cleo.pk]).items() if grant.secret} == {ann.pk, bob.pk}
    assert transport("on", "--percent", "100") == "on: 3 of 3 users are chosen.\n"
    assert transport("on", "--percent", "0").startswith("on: 0 of 3 users are chosen.\n")


def test_it_keeps_who_is_chosen_unless_it_is_told(ann: User, bob: User) -> None:
    transport("on", "--user", "ann")
    assert transport("off") == "off: 1 of 2 users are chosen.\n"
    assert transport("shadow") == "shadow: 1 of 2 users are chosen.\n"
    assert (Rollout.current().stage, list(Rollout.current().users.all())) == ("shadow", [ann])


def test_it_counts_those_who_may_sign_in(ann: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert transport("on", "--percent", "100") == "on: 1 of 1 users are chosen.\n"


@pytest.mark.parametrize(
    "words",
    [("on", "--percent", "101"), ("on", "--percent", "-1"), ("on", "--group", "no"), ("on", "--user", "no"), ("up",)],
)
def test_it_refuses_what_it_does_not_know_and_changes_nothing(transactional_db: None, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        transport(*words)
    assert not Rollout.objects.exists()


def test_it_is_turned_on_for_a_project_only(transactional_db: None, settings: Settings) -> None:
    settings.SUPABASE_URL = ""
    with pytest.raises(CommandError, match="SUPABASE_URL"):
        transport("on")
    transport("off")


def test_rule_23_a_flip_reaches_the_next_ticket_of_every_process(ann: User, byes: list[Any]) -> None:
    for stage, given in (("on", True), ("off", False), ("on", True), ("shadow", False)):
        transport(stage, "--percent", "100")
        assert bool(tickets._granted([ann.pk])[ann.pk].secret) == given


def test_rule_23_off_lets_go_of_all_at_its_commit_and_says_bye(
    ann: User, bob: User, happen: MakeEvents, byes: list[Any]
) -> None:
    transport("on", "--percent", "100")
    tickets._granted([ann.pk, bob.pk])
    assert transport("off").endswith("2 users go back to the stream.\n")
    assert heard(ann, bob) == set()
    assert sorted(byes) == [(ann.pk, "transport"), (bob.pk, "transport")]
    byes.clear()
    happen(ann, bob)
    assert byes == []


def test_rule_23_less_lets_go_of_who_is_not_chosen_any_more(ann: User, bob: User, byes: list[Any]) -> None:
    transport("on", "--user", "ann", "--user", "bob")
    tickets._granted([ann.pk, bob.pk])
    transport("on", "--user", "ann")
    assert (heard(ann, bob), byes) == ({ann.pk}, [(bob.pk, "transport")])


def test_rule_23_a_shadow_keeps_what_it_compares_and_lets_go_of_pages(ann: User, byes: list[Any]) -> None:
    transport("shadow", "--percent", "100")
    hearers.hear([ann.pk])  # as the canary does
    transport("on")
    assert (heard(ann), byes) == ({ann.pk}, [])
    transport("shadow")
    assert (heard(ann), byes) == (set(), [(ann.pk, "transport")])


def test_rule_23_nobody_is_made_to_be_heard_once_it_is_off(ann: User) -> None:
    transport("off")
    assert hearers.hear([ann.pk]) == {}
    assert not EventStream.objects.exclude(relayed_until=None).exists()


def test_rule_23_its_page_says_who_and_lets_go(ann: User, byes: list[Any], operator: Client) -> None:
    page = "/admin/realtime/rollout/"
    assert operator.post(f"{page}add/", {"stage": "on", "percent": 100, "users": [], "groups": []}).status_code == 302
    tickets._granted([ann.pk])
    assert b"2 of 2" in operator.get(page).content
    assert operator.post(f"{page}1/change/", {"stage": "on", "percent": 101}).status_code == 200  # not saved
    assert operator.post(f"{page}1/change/", {"stage": "off", "percent": 100}).status_code == 302
    assert heard(ann) == set()
    assert (operator.get(f"{page}add/").status_code, operator.get(f"{page}1/delete/").status_code) == (403, 403)


def test_rule_23_no_page_shows_a_secret(ann: User, operator: Client) -> None:
    transport("on", "--percent", "100")
    secret = tickets._granted([ann.pk])[ann.pk].secret
    for page in ("eventstream/", f"eventstream/{ann.pk}/change/", "rollout/1/change/"):
        assert secret not in operator.get(f"/admin/realtime/{page}").content.decode()


def test_a_release_that_knows_none_of_it_can_delete_who_is_named(ann: User) -> None:
    transport("on", "--user", "ann")
    with connection.cursor() as cursor:
        assert connection.introspection.get_relations(cursor, Rollout.users.through._meta.db_table) == {}
        assert connection.introspection.get_relations(cursor, Rollout.groups.through._meta.db_table) == {}
    ann.delete()
    assert not Rollout.users.through.objects.exists()


def test_rule_23_a_sample_keeps_who_is_in_it_and_takes_the_busiest(users: list[User], happen: MakeEvents) -> None:
    Rollout.objects.create(percent=100, stage="shadow")
    happen(users[3], count=2)
    happen(users[5])
    User.objects.filter(pk=users[5].pk).update(is_active=False)
    assert rollout.sample(3, staying={users[9].pk}) == [users[9].pk, users[3].pk, users[0].pk]
    Rollout.objects.update(percent=0)
    assert rollout.sample(3, staying={users[9].pk}) == []
