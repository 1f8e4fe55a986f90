"""Which database it is: noted once, and every cursor renewed when it is another one."""

import pytest
from django.contrib.auth.models import User

from realtime.log import database_timeline, reading
from realtime.models import Installation
from tests.realtime.conftest import MakeEvents


def test_rule_07_another_timeline_renews_all_once(
    ann: User, bob: User, happen: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ann, bob)
    Installation.objects.all().delete()
    monkeypatch.setattr(database_timeline, "current", lambda: "7/00000001")
    assert not database_timeline.changed()  # the first look ever
    assert Installation.objects.get().timeline == "7/00000001"
    monkeypatch.setattr(database_timeline, "current", lambda: "")
    assert not database_timeline.changed()  # a standby, or a provider that does not tell
    before = reading.heads([ann.pk, bob.pk])
    monkeypatch.setattr(database_timeline, "current", lambda: "7/00000002")
    assert database_timeline.changed()
    database_timeline.renew_all()
    database_timeline.renew_all()
    after = reading.heads([ann.pk, bob.pk])
    assert not database_timeline.changed()
    for user, head in after.items():
        assert head.epoch != before[user].epoch
        assert head.seq == before[user].seq
