"""The hour on `/admin/realtime/` is that of all processes, minute by minute (dashboard.py, plots.py)."""

import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gmail_sync.models import GmailAccount
from realtime.models import ProcessMinute
from tests.operators.dashboard.attention import concerns
from tests.support.supabase import supabase_at

pytestmark = pytest.mark.django_db(transaction=True)

UPLOT = Path("operators/static/operators/uplot")


def minute(ago: int, process: str, **samples: Any) -> None:
    begin = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=ago)
    ProcessMinute.objects.create(minute=begin, kind="web", process=process, samples=samples)


def test_it_names_a_web_that_does_not_hear_redis(operator: Client, healthy: GmailAccount) -> None:
    minute(2, "one", finito_redis_up=[[{}, 0]])
    minute(1, "one", finito_redis_up=[[{}, 1]])
    assert concerns(operator) == ["Nothing."]
    minute(1, "two", finito_redis_up=[[{}, 0]])
    assert "did not hear Redis in their last minute: 1" in concerns(operator)[0]


def test_it_plots_the_sum_of_all_processes(operator: Client, healthy: GmailAccount) -> None:
    results = [f"result{number}" for number in range(9)]
    minute(1, "one", finito_push_total=[[{"result": name}, 10] for name in results], finito_sse_connections=[[{}, 3]])
    minute(1, "two", finito_push_total=[[{"result": "taken"}, 1_000]], finito_sse_connections=[[{}, 4]])
    page = operator.get("/admin/realtime/", headers={"X-Refresh": "1"}).content.decode()
    assert "<html" not in page
    found = re.search(r'<script id="plots-json" type="application/json">(.*?)</script>', page)
    assert found is not None
    document = json.loads(found[1])
    plots = {plot["id"]: {line["name"]: line["values"] for line in plot["lines"]} for plot in document["plots"]}
    assert len(document["times"]) == 60
    assert (plots["pushes"]["taken"][-1], plots["pushes"]["others"][-1], len(plots["pushes"])) == (1_000, 60, 5)
    assert plots["streams"]["streams"][-2:] == [None, 7]


def test_it_shows_supabase_only_where_a_project_is_configured(
    operator: Client, healthy: GmailAccount, settings: Any
) -> None:
    published = [[{"result": "taken"}, 1_200], [{"result": "limited"}, 3]]
    heard = [[{"result": "seen"}, 999], [{"result": "missing"}, 1]]
    lag = [[{"le": bound}, count] for bound, count in (("0.1", 10), ("1.0", 20), ("+Inf", 20))]
    minute(1, "one", finito_supabase_publish_total=published)
    minute(1, "two", finito_shadow_events_total=heard, finito_shadow_lag_seconds_bucket=lag)
    assert "Supabase" not in operator.get("/admin/realtime/").content.decode()
    for name, value in supabase_at("https://ref.supabase.co").items():
        setattr(settings, name, value)
    page = operator.get("/admin/realtime/").content.decode()
    for said in ("off, 0 users heard there", "3 limited, 1,200 taken", "1 missing, 999 seen", "100 ms, 910 ms, 982 ms"):
        assert said in page
    plots = [plot["id"] for plot in json.loads(re.findall(r'id="plots-json"[^>]*>(.*?)</script>', page)[0])["plots"]]
    assert plots[-3:] == ["supabase", "shadow", "shadow-lag"]


def test_it_ships_the_library_as_it_was_published() -> None:
    sums = re.findall(r"^(\w{64})  (\S+)$", (UPLOT / "README.md").read_text(), re.M)
    assert len(sums) == 2
    for checksum, name in sums:
        assert hashlib.sha256((UPLOT / name).read_bytes()).hexdigest() == checksum
