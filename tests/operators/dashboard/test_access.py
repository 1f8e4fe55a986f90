"""Staff who may view mailboxes see `/admin/realtime/`, and links only to what else they may view (dashboard.py)."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from gmail_sync.models import GmailAccount
from realtime.log import reading
from realtime.models import EventStream
from tests.operators.dashboard.attention import concerns, lapse, links

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


def test_it_is_for_staff(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    answer = client.get("/admin/realtime/", headers={"X-Refresh": "1"})
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def may(client: Client, *codenames: str) -> None:
    """Sign in as staff with these permissions and no others."""
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)


@pytest.mark.parametrize("permissions", [[], ["view_storedevent", "view_gmailwatch", "change_user"]])
def test_it_is_refused_to_staff_who_may_not_view_mailboxes(client: Client, permissions: list[str]) -> None:
    may(client, *permissions)
    for headers in ({}, {"X-Refresh": "1"}):
        answer = client.get("/admin/realtime/", headers=headers)
        assert (answer.status_code, b"How it stands" in answer.content) == (403, False)
    assert 'href="/admin/realtime/"' not in client.get("/admin/").content.decode()


def test_it_is_linked_from_the_streams_pages_for_staff_who_may_see_it(client: Client, operator: Client) -> None:
    reading.head(User.objects.get().pk)  # makes the operator's stream
    own = f"/admin/realtime/eventstream/{EventStream.objects.get().pk}/"
    pages = ["/admin/realtime/eventstream/", f"{own}change/", f"{own}history/"]
    assert all('href="/admin/realtime/"' in operator.get(page).content.decode() for page in pages)
    may(client, "view_eventstream")
    for page in pages:
        answer = client.get(page)
        assert (answer.status_code, 'href="/admin/realtime/"' in answer.content.decode()) == (200, False), page


def test_it_links_only_what_one_may_look_at(client: Client, healthy: GmailAccount) -> None:
    may(client, "view_gmailaccount")
    lapse()
    GmailAccount.objects.update(failures=3)
    assert 'href="/admin/realtime/"' in client.get("/admin/").content.decode()
    assert len(concerns(client)) == 2
    assert [link.partition("?")[0] for link in links(client)] == ["/admin/gmail_sync/gmailaccount/"]
