"""The probe of Pub/Sub with the service account: key, topic, Gmail's right to publish to it, and subscription."""

from collections.abc import Iterator

from django.conf import settings

from gmail_sync.doctor import subscription
from gmail_sync.doctor.report import FAULT, Finding, fault, ok, skipped, unset
from gmail_sync.exceptions import PubSubForbidden, PubSubMissing, PubSubUnavailable, PubSubUnimplemented
from gmail_sync.gmail.refusals import API_DISABLED, reasons_of_cause
from gmail_sync.pubsub import api as pubsub_api
from gmail_sync.pubsub.gcloud import (
    create_topic,
    enable_api,
    grant_on_project,
    grant_publisher,
    project_of,
)
from gmail_sync.pubsub.setup import GMAIL_PUBLISHER, lets_gmail_publish, lost_its_topic
from gmail_sync.start_up import manage

ACCOUNT, TOPIC, ROLE = "service account", "topic", "publisher role"
NEEDED = "GOOGLE_APPLICATION_CREDENTIALS"


def probe() -> Iterator[Finding]:
    """Probe all four in one go, since each needs the one before."""
    if missing := unset(NEEDED):
        yield skipped(ACCOUNT, missing)
        for check in (TOPIC, ROLE):
            yield skipped(check, unset("GMAIL_PUBSUB_TOPIC") or missing)
        yield skipped(subscription.CHECK, unset("PUBSUB_SUBSCRIPTION") or missing)
        return
    try:
        address = pubsub_api.authenticate()
    except PubSubUnavailable as error:
        mend = f"gcloud iam service-accounts keys create FILE --iam-account=ADDRESS makes a new key for {NEEDED}."
        yield fault(ACCOUNT, f"{error}".rstrip(".") + ".", mend)
        for check in (TOPIC, ROLE, subscription.CHECK):
            yield skipped(check, "waits for the service account")
        return
    yield ok(ACCOUNT, f"{address} is known.")
    found = list(_topic(address))
    yield from found
    mends = {finding.mend for finding in found if finding.status == FAULT}
    for finding in _subscription(address, topic_is_there=_there() in found):
        yield skipped(finding.check, "waits for the topic") if finding.mend in mends else finding


def _there() -> Finding:
    return ok(TOPIC, f"{settings.GMAIL_PUBSUB_TOPIC} exists.")


def _topic(address: str) -> Iterator[Finding]:
    topic = settings.GMAIL_PUBSUB_TOPIC
    if missing := unset("GMAIL_PUBSUB_TOPIC"):
        yield skipped(TOPIC, missing)
        yield skipped(ROLE, missing)
        return
    try:
        pubsub_api.topic(topic)
    except PubSubMissing:
        yield fault(TOPIC, f"{topic} does not exist.", _whole(create_topic(topic), "GMAIL_PUBSUB_TOPIC"))
        yield skipped(ROLE, "waits for the topic")
        return
    except PubSubUnavailable as error:
        yield refused(TOPIC, error, topic, address)
        yield skipped(ROLE, "waits for the topic")
        return
    yield _there()
    try:
        policy = pubsub_api.topic_policy(topic)
    except PubSubUnimplemented:
        yield skipped(ROLE, "this Pub/Sub has no access control, like Google's emulator")
        return
    except PubSubUnavailable as error:
        yield refused(ROLE, error, topic, address)
        return
    if lets_gmail_publish(policy):
        yield ok(ROLE, "Gmail may publish to the topic.")
    else:
        member = GMAIL_PUBLISHER.partition(":")[2]
        said = f"{member} is not allowed to publish to {topic}: Gmail's watch is refused with 403."
        yield fault(ROLE, said, grant_publisher(topic))


def _subscription(address: str, topic_is_there: bool) -> Iterator[Finding]:
    check, name = subscription.CHECK, settings.PUBSUB_SUBSCRIPTION
    if missing := unset("PUBSUB_SUBSCRIPTION"):
        yield skipped(check, missing)
        return
    try:
        found = pubsub_api.subscription(name)
    except PubSubMissing:
        yield fault(check, f"{name} does not exist.", _whole(subscription.create_command(), "PUBSUB_SUBSCRIPTION"))
        return
    except PubSubUnavailable as error:
        yield refused(check, error, name, address)
        return
    if lost_its_topic(found) and not topic_is_there:
        yield skipped(check, "waits for the topic")
        return
    faults = list(subscription.faults(found, judge_topic=topic_is_there))
    yield from faults or [ok(check, f"{name} is set up as it should be.")]


def _whole(command: str, setting: str) -> str:
    """Return the mend of something missing: one command for all of it, since more may be missing too."""
    once = f"`{manage('setup_pubsub', '--apply')}` makes it and everything else that is missing"
    return f"{once}; or `{command}`, then run this again; or name another in {setting}."


def refused(check: str, error: PubSubUnavailable, name: str, address: str) -> Finding:
    """Explain an error of Pub/Sub's."""
    project = project_of(name)
    if not isinstance(error, PubSubForbidden):
        return fault(check, f"Pub/Sub gives no answer ({error}).", "try again; https://status.cloud.google.com/")
    if reasons_of_cause(error) & API_DISABLED:
        return fault(check, f"the Cloud Pub/Sub API is not enabled in {project}.", enable_api("pubsub", project))
    mend = grant_on_project(project, f"serviceAccount:{address}", "roles/pubsub.admin")
    return fault(check, f"{address} may not look at {name} (403).", mend)
