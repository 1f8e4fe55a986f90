"""All probes in order: what others depend on comes first, and a fault's consequences are not reported again."""

from collections.abc import Iterator

from django.core import checks

from gmail_sync.doctor import (
    accounts,
    certs,
    clock,
    database,
    oauth_client,
    pubsub,
    redis,
    supabase,
    webhook,
    worker,
)
from gmail_sync.doctor.report import FAULT, Finding, Probe, examine, fault, ok

SETTINGS = "settings"
OF_REDIS = {"finito.E003", "finito.E004"}


def findings() -> Iterator[Finding]:
    """Yield the findings of all probes. It changes nothing, and no finding holds a secret."""
    errors = [message for message in checks.run_checks(databases=[]) if message.is_serious()]
    of_redis = [message for message in errors if message.id in OF_REDIS]
    wrong = [message for message in errors if message not in of_redis]
    for message in wrong:
        yield fault(SETTINGS, message.msg, message.hint or "docs/settings.md has it.")
    if not wrong:
        yield ok(SETTINGS, "the system checks find no error.")
    first = [
        Probe(database.CHECK, database.probe),
        Probe(redis.CHECK, lambda: redis.probe(of_redis)),
    ]
    # Refused settings may name a server that must not see a token.
    others = [
        Probe(oauth_client.CHECK, oauth_client.probe),
        Probe(clock.CHECK, clock.probe),
        Probe("pubsub", pubsub.probe),
        Probe(certs.CHECK, certs.probe),
        Probe(webhook.CHECK, webhook.probe),
        Probe(supabase.CHECK, supabase.probe),
    ]
    broken: set[str] = set()
    for finding in examine(first if wrong else [*first, *others]):
        if finding.status == FAULT:
            broken.add(finding.check)
        yield finding
    if wrong or database.CHECK in broken:
        return
    for finding in examine([Probe(worker.CHECK, worker.probe)]):
        if finding.status == FAULT:
            broken.add(finding.check)
        yield finding
    yield from examine(accounts.probes(broken))
