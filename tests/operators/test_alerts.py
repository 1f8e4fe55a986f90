"""docs/alerts.yml and docs/grafana.json: they name what is on the page, and Prometheus's own tool understands them."""

import json
import os
import re
import shutil
import subprocess
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from launcher.environment import ROOT
from operators.exposition import Exposition
from realtime.totals import Totals
from tests.support.environment import STRICT

pytestmark = pytest.mark.slow  # processes of their own

ALERTS = ROOT / "docs" / "alerts.yml"
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs" / "grafana.json").read_text())
QUERIES = [target["expr"].replace("$__rate_interval", "5m") for p in DASHBOARD["panels"] for target in p["targets"]]
NAMES = re.findall(r"alert: (\w+)", ALERTS.read_text())

STEP_SECONDS = 15
FAULT_AT_MINUTES = 20
# What Prometheus has read when all is well: a value, or `+` and how much it grows at each step.
WELL = {
    "finito_watch_expiry_seconds": "500000",
    'finito_watches{state="active"}': "3",
    'finito_watches{state="silent"}': "0",
    'finito_watches{state="failed"}': "0",
    'finito_mailboxes{state="connected"}': "3",
    'finito_mailboxes{state="reauth_required"}': "0",
    "finito_mailboxes_due": "2",
    "finito_mailboxes_failing": "0",
    "finito_workers": "1",
    "finito_redis_up": "1",
    "finito_database_up": "1",
    "finito_sse_connections": "5",
    'finito_push_total{result="taken"}': "+2",
    'finito_push_total{result="refused"}': "+0",
    "finito_sync_unannounced_total": "+0",
    'finito_sync_total{result="ok"}': "+9",
    'finito_sync_total{result="retry"}': "+0",
    'finito_push_lag_seconds_bucket{le="1.0"}': "+2",
    'finito_push_lag_seconds_bucket{le="900.0"}': "+2",
    'finito_push_lag_seconds_bucket{le="+Inf"}': "+2",
    'finito_sse_delivery_seconds_bucket{le="0.5"}': "+9",
    'finito_sse_delivery_seconds_bucket{le="5.0"}': "+9",
    'finito_sse_delivery_seconds_bucket{le="+Inf"}': "+9",
    "finito_supabase_up": "1",
    'finito_supabase_publish_total{result="taken"}': "+9",
    'finito_supabase_publish_total{result="limited"}': "+0",
    'finito_supabase_publish_total{result="refused"}': "+0",
    'finito_client_gaps_total{transport="supabase"}': "+0",
    'finito_shadow_events_total{result="seen"}': "+9",
    'finito_shadow_events_total{result="missing"}': "+0",
    'finito_shadow_lag_seconds_bucket{le="1.0"}': "+9",
    'finito_shadow_lag_seconds_bucket{le="5.0"}': "+9",
    'finito_shadow_lag_seconds_bucket{le="+Inf"}': "+9",
}
# What is otherwise after the fault, the alert, and after how many minutes it must have come.
FAULTS: list[tuple[str, dict[str, str], int]] = [
    ("FinitoWatchNearExpiry", {"finito_watch_expiry_seconds": "80000"}, 6),
    ("FinitoWatchLapsed", {"finito_watch_expiry_seconds": "-5"}, 3),
    ("FinitoWatchRefused", {'finito_watches{state="failed"}': "1"}, 16),
    ("FinitoPushSilent", {'finito_watches{state="silent"}': "1"}, 3),
    ("FinitoPushRefused", {'finito_push_total{result="taken"}': "+0", 'finito_push_total{result="refused"}': "+2"}, 17),
    ("FinitoPushLate", {'finito_push_lag_seconds_bucket{le="1.0"}': "+0"}, 12),
    ("FinitoMailboxesDue", {"finito_mailboxes_due": "200"}, 6),
    ("FinitoWorkerDead", {"finito_workers": "0"}, 3),
    ("FinitoRedisDown", {"finito_redis_up": "0"}, 3),
    ("FinitoDatabaseDown", {"finito_database_up": "0"}, 3),
    ("FinitoMailboxFailing", {"finito_mailboxes_failing": "1"}, 3),
    ("FinitoSyncsFailing", {'finito_sync_total{result="retry"}': "+9"}, 9),
    ("FinitoDeliverySlow", {'finito_sse_delivery_seconds_bucket{le="0.5"}': "+0"}, 9),
    ("FinitoSupabaseDown", {"finito_supabase_up": "0"}, 6),
    ("FinitoSupabaseLimited", {'finito_supabase_publish_total{result="limited"}': "+1"}, 12),
    ("FinitoSupabaseRefused", {'finito_supabase_publish_total{result="refused"}': "+1"}, 3),
    ("FinitoShadowMissing", {'finito_shadow_events_total{result="missing"}': "+1"}, 17),
    ("FinitoShadowSlow", {'finito_shadow_lag_seconds_bucket{le="1.0"}': "+0"}, 9),
    ("FinitoClientGaps", {'finito_client_gaps_total{transport="supabase"}': "+1"}, 7),
    ("FinitoConsentNeeded", {'finito_mailboxes{state="reauth_required"}': "1"}, 3),
    ("FinitoGone", {"finito_sse_connections": "_"}, 8),
]
promtool = shutil.which("promtool", path=f"{os.environ['PATH']}:/usr/bin")


@pytest.fixture
def tool() -> str:
    if promtool is None:
        (pytest.fail if STRICT else pytest.skip)("needs promtool: apt-get install prometheus")
    return promtool


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def series(name: str, well: str, fault: str) -> dict[str, str]:
    """In promtool's notation: the values up to the fault, and those after it."""
    steps = FAULT_AT_MINUTES * 60 // STEP_SECONDS
    if well.startswith("+"):
        top = int(well) * steps
        return {"series": name, "values": f"0{well}x{steps} {top + int(fault)}{fault}x{steps}"}
    return {"series": name, "values": " ".join([well] * steps + [fault] * steps)}


def fire(tool: str, tmp_path: Path, faults: dict[str, str], minutes: int, alerts: set[str]) -> None:
    """Fails unless exactly these alerts fire so long after the fault."""
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(alerts)]
    expected = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "exp_samples": samples}
    test = {
        "interval": f"{STEP_SECONDS}s",
        "input_series": [series(name, well, faults.get(name, well)) for name, well in WELL.items()],
        "promql_expr_test": [{**expected, "eval_time": f"{FAULT_AT_MINUTES + minutes}m"}],
    }
    file = tmp_path / "test.yml"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "15s", "tests": [test]}))
    run(tool, "test", "rules", str(file))


def test_it_loads_into_prometheus(tool: str, tmp_path: Path) -> None:
    run(tool, "check", "rules", str(ALERTS))
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(QUERIES)]
    (tmp_path / "queries.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    run(tool, "check", "rules", str(tmp_path / "queries.yml"))


def test_it_is_silent_while_all_is_well(tool: str, tmp_path: Path) -> None:
    fire(tool, tmp_path, {}, 20, set())


def test_it_is_silent_where_no_push_is_set_up(tool: str, tmp_path: Path) -> None:
    polled = {'finito_watches{state="active"}': "0", "finito_watch_expiry_seconds": "NaN"}
    polled |= {'finito_push_total{result="taken"}': "+0", "finito_sync_unannounced_total": "+1"}
    fire(tool, tmp_path, polled, 19, set())


@pytest.mark.parametrize(("alert", "faults", "minutes"), FAULTS)
def test_it_fires_in_time_and_alone(
    tool: str, tmp_path: Path, alert: str, faults: dict[str, str], minutes: int
) -> None:
    fire(tool, tmp_path, faults, minutes, {alert})


def test_it_tests_every_alert() -> None:
    assert {alert for alert, *_ in FAULTS} == set(NAMES)


def test_it_tells_what_to_do() -> None:
    blocks = ALERTS.read_text().split("- alert: ")[1:]
    for block in blocks:
        assert re.search(r"summary: .{20}", block), block
        assert re.search(r"runbook: .*`python manage.py check_gmail`", block), block


def test_it_names_only_what_is_on_the_page() -> None:
    families = Exposition(Totals({}, [])).collect()
    types = {metric.name + "_total" * (metric.type == "counter"): metric.type for metric in families}
    used = set(re.findall(r"\bfinito_\w+", " ".join([ALERTS.read_text(), *QUERIES])))
    for name in used:
        family = name.removesuffix("_bucket")
        assert family in types, name
        assert (types[family] == "histogram") == name.endswith("_bucket"), name
    unused = types.keys() - {name.removesuffix("_bucket") for name in used}
    assert not unused, "on the page and in no panel or alert"


def test_it_is_a_dashboard() -> None:
    panels = DASHBOARD["panels"]
    assert {"title", "uid", "schemaVersion", "templating", "time"} <= DASHBOARD.keys()
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["type"] for panel in panels} <= {"stat", "timeseries"}
    assert all(panel["title"] and panel["datasource"]["uid"] == "${datasource}" for panel in panels)
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x, y in product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
    ]
    assert all(one != other for one, other in pairwise(sorted(cells))), "panels overlap"
    assert max(x for x, _ in cells) < 24
