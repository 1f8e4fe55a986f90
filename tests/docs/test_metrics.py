"""docs/metrics.md and the page /metrics name the same metrics, types, labels and cases."""

import re

import pytest
from django.test import Client
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from gmail_sync.models import GmailAccount, GmailWatch
from launcher.environment import ROOT
from tests.support.environment import ENVIRONMENT

PAGE = (ROOT / "docs" / "metrics.md").read_text()
ROWS = re.findall(r"^\| `(finito_\w+)` \| (\w+) \|(.*?)\| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> dict[str, Metric]:
    """The families on the page, by the names that Prometheus queries."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)  # the tests' process made its metrics before
    mailbox = GmailAccount.objects.create(email="ann@gmail.example", google_sub="1", state="connected")
    GmailWatch.objects.create(account=mailbox)
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {ENVIRONMENT['METRICS_TOKEN']}"})
    families = text_string_to_metric_families(answer.content.decode())
    ours = {family.name + "_total" * (family.type == "counter"): family for family in families}
    return {name: family for name, family in ours.items() if not name.endswith("_created")}


def labels(family: Metric) -> dict[str, set[str]]:
    """The values of each label, the buckets' bounds aside."""
    found: dict[str, set[str]] = {}
    for sample in family.samples:
        for name, value in sample.labels.items():
            if name != "le":
                found.setdefault(name, set()).add(value)
    return found


@pytest.mark.django_db(transaction=True)
def test_it_has_every_metric_with_its_type_and_labels(page: dict[str, Metric]) -> None:
    documented = {name: (type_, set(CODE.findall(named))) for name, type_, named, *_ in ROWS}
    assert documented == {name: (family.type, set(labels(family))) for name, family in page.items()}


@pytest.mark.django_db(transaction=True)
def test_it_says_what_each_case_means(page: dict[str, Metric]) -> None:
    explained = {name: set(CODE.findall(meaning)) for name, *_, meaning in ROWS}
    for name, family in page.items():
        values = {value for of_label in labels(family).values() for value in of_label}
        assert {value for value in values if not value.isdigit()} <= explained[name], name


def test_it_says_in_which_unit_and_what() -> None:
    for name, _, _, unit, meaning in ROWS:
        assert unit.strip(), name
        assert meaning.endswith("."), name
