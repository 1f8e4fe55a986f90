"""The log in the admin: to look at, and gone only with its user."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from realtime.models import EventStream, StoredEvent
from tests.realtime.conftest import MakeEvents


@pytest.mark.parametrize("model", ["eventstream", "storedevent"])
@pytest.mark.parametrize("page", ["add/", "1/delete/"])
def test_nobody_writes_to_the_log(operator: Client, ann: User, happen: MakeEvents, model: str, page: str) -> None:
    happen(ann)
    row = StoredEvent.objects.get().pk if model == "storedevent" else ann.pk
    assert operator.get(f"/admin/realtime/{model}/").status_code == 200
    assert operator.post(f"/admin/realtime/{model}/{page}".replace("1/", f"{row}/"), {"post": "yes"}).status_code == 403


def test_a_user_is_deleted_with_all_that_is_his(operator: Client, ann: User, happen: MakeEvents) -> None:
    happen(ann)
    assert operator.post(f"/admin/auth/user/{ann.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not EventStream.objects.filter(pk=ann.pk).exists()
    assert not StoredEvent.objects.exists()
