"""What a list of the admin can be asked: what it offers. All else is an oracle for what operators may not read."""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Permission, User
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse

from gmail_sync.events import MessageAdded
from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount, GmailWatch, Message, SkippedMessage
from operators.admin_site import OperatorsSite
from realtime.log import eventlog

pytestmark = pytest.mark.django_db(transaction=True)

ADMINS = list(admin.site._registry.items())
DEPTH = 4  # relations from a listed model to what a lookup might ask
WAYS = ("__startswith",)


@pytest.fixture(autouse=True)
def _two_mails() -> None:
    """Two users, each with a mailbox, a mail and an event, so that an oracle could tell one from the other."""
    for name in ("ann", "bob"):
        user = User.objects.create_user(name, password=name)
        account = GmailAccount.objects.create(
            email=f"{name}@gmail.example",
            google_sub=name,
            credentials=Sealed.of({"token": name}),  # type: ignore[misc]  # the field takes it
        )
        account.users.add(user)
        user.groups.create(name=name)
        GmailWatch.objects.create(account=account)
        SkippedMessage.objects.create(account=account, gmail_id=name)
        Message.objects.create(
            account=account, gmail_id=name, thread_id=name, subject=name, snippet=name, internal_date=1, history_id=1
        )
        with eventlog.atomic() as log:
            log.append([user.pk], MessageAdded(account.pk, {"subject": f"secret of {name}"}))


@pytest.fixture
def looker(client: Client) -> Client:
    """Staff who may look at everything and change nothing."""
    user = User.objects.create_user("looker", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    return client


def list_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


ORACLES = [
    ("realtime/storedevent", "payload__contains", "secret of ann", "secret of nobody"),
    ("realtime/storedevent", "payload__regex", "secret of a", "secret of x"),
    ("realtime/storedevent", "user__password__startswith", "md5", "nothing"),
    ("realtime/storedevent", "user__gmail_accounts__messages__subject", "ann", "nobody"),
    ("realtime/eventstream", "user__gmail_accounts__credentials__isnull", "0", "1"),
    ("realtime/openstreams", "user__password__gt", "a", "z"),
    ("gmail_sync/gmailaccount", "messages__subject__startswith", "a", "x"),
    ("gmail_sync/gmailaccount", "messages__snippet__iregex", "^a", "^x"),
    ("gmail_sync/gmailaccount", "credentials__contains", "g", "\x00"),
    ("gmail_sync/gmailaccount", "users__password__startswith", "md5", "nothing"),
    ("gmail_sync/gmailaccount", "google_sub", "ann", "nobody"),
    ("gmail_sync/gmailwatch", "account__messages__sender__contains", "", "x"),
    ("gmail_sync/skippedmessage", "account__messages__subject", "ann", "nobody"),
    ("auth/user", "gmail_accounts__messages__subject__startswith", "a", "x"),
    ("auth/user", "password__startswith", "md5", "nothing"),
    ("auth/user", "event_stream__epoch__gt", "a", "~"),
    ("auth/user", "logentry__change_message__contains", "", "x"),
    ("auth/group", "user__gmail_accounts__messages__subject", "ann", "nobody"),
]


@pytest.mark.any_database
@pytest.mark.parametrize(("page", "lookup", "true", "false"), ORACLES)
def test_it_answers_a_guess_alike_whether_it_is_right_or_wrong(
    looker: Client, page: str, lookup: str, true: str, false: str
) -> None:
    answers = [looker.get(f"/admin/{page}/", {lookup: value}) for value in (true, false)]
    assert {answer.status_code for answer in answers} <= {400, 302}
    pages = [re.sub(rb'name="csrf\w+" value="\w+"', b"", answer.content) for answer in answers]
    assert pages[0] == pages[1]


def lookups(model: type[models.Model], prefix: str = "", depth: int = DEPTH) -> Iterator[str]:
    """Every field that can be reached from a model, also against the direction of its relations."""
    for field in model._meta.get_fields():
        yield f"{prefix}{field.name}"
        if depth > 1 and isinstance(further := field.related_model, type):
            yield from lookups(further, f"{prefix}{field.name}__", depth - 1)


def listed(page: Any, operator: User, query: dict[str, str]) -> Any:
    """The list that answers this query. Raises what Django makes a 400 or a redirect of."""
    request = RequestFactory().get("/", query)
    request.user = operator
    return page.get_changelist_instance(request)


@pytest.mark.any_database
@pytest.mark.parametrize("model", dict(ADMINS), ids=lambda model: model._meta.label_lower)
def test_no_list_takes_a_lookup_that_it_does_not_offer(model: type[models.Model]) -> None:
    page, operator = dict(ADMINS)[model], User.objects.create_superuser("operator")
    offered = {name for spec in listed(page, operator, {}).filter_specs for name in spec.expected_parameters()}
    asked = {f"{name}{way}" for name in lookups(model) for way in WAYS} - offered
    assert len(asked) > 100
    for lookup in asked:
        with pytest.raises((DisallowedModelAdminLookup, IncorrectLookupParameters)):
            listed(page, operator, {lookup: "a"})


@pytest.mark.parametrize("model", dict(ADMINS), ids=lambda model: model._meta.label_lower)
def test_every_list_takes_what_it_offers(looker: Client, model: type[models.Model]) -> None:
    page = looker.get(list_of(model), {"q": "ann"}).content.decode()
    links = [unescape(link) for link in re.findall(r'href="(\?[^"]*)"', page)]
    for link in links:
        assert looker.get(f"{list_of(model)}{link}").status_code == 200, link


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ({"date_joined__year": "2026", "date_joined__month": "2"}, True),
        ({"date_joined__gte": "2026-01-01"}, False),
        ({"date_joined__year": "2026", "password__gt": "a"}, False),
        ({"_facets": "True", "password__gt": "a"}, False),
    ],
)
def test_a_list_by_dates_is_asked_by_dates_alone(query: dict[str, str], allowed: bool) -> None:
    class Joined(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
        date_hierarchy = "date_joined"

    site = OperatorsSite(name="dates")
    site.register(User, Joined)
    with nullcontext() if allowed else pytest.raises(DisallowedModelAdminLookup):
        listed(site._registry[User], User.objects.get(username="ann"), query)


@pytest.mark.parametrize("field", ["payload", "password", "credentials", "google_sub", "subject"])
def test_no_page_finds_a_row_by_a_field_that_it_does_not_show(looker: Client, field: str) -> None:
    for model, _ in ADMINS:
        assert looker.get(list_of(model), {"_to_field": field, "_popup": "1"}).status_code == 400
        found = looker.get(f"{list_of(model)}ann/change/", {"_to_field": field})
        assert found.status_code == 400


@pytest.mark.parametrize(("model", "page"), ADMINS, ids=lambda one: getattr(one, "__name__", ""))
def test_whatever_is_sent_to_a_list_ends_in_no_failure(
    admin_client: Client, model: type[models.Model], page: Any
) -> None:
    admin_client.raise_request_exception = False
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    request = RequestFactory().get(path)
    request.user = User.objects.get(username="admin")
    filters = re.findall(r"[?;]([a-z_]+)=", admin_client.get(path).content.decode())
    for name in {"q", "p", "o", *filters}:
        assert admin_client.get(path, {name: "\0"}).status_code < 500, name
    for action in page.get_actions(request):
        for chosen in ("x", "\0", "-1", "9" * 30, "9" * 5_000, ""):
            sent = {"action": action, "_selected_action": chosen, "index": "0"}
            assert admin_client.post(path, sent).status_code < 500, (action, chosen[:30])


def test_whatever_is_typed_into_a_form_to_find_a_row_ends_in_no_failure(admin_client: Client) -> None:
    admin_client.raise_request_exception = False
    field = {"app_label": "realtime", "model_name": "rollout", "field_name": "users"}
    for sent in ({"term": "\0"}, {"term": "a " * 500}, {"term": "a", "page": "9" * 30}, {"field_name": "\0"}):
        answer = admin_client.get("/admin/autocomplete/", field | sent)
        assert answer.status_code < 500, sent
