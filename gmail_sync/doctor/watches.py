"""The probe of each mailbox's watch, by its row: Gmail has no call that tells."""

from django.conf import settings
from django.utils import timezone

from gmail_sync.doctor.report import Finding, fault, ok, skipped, unset
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.pubsub.gcloud import create_topic, grant_publisher
from gmail_sync.start_up import manage
from gmail_sync.states import AccountState, WatchState

ORGANISATION_PAGE = "https://console.cloud.google.com/iam-admin/orgpolicies/iam-allowedPolicyMemberDomains"
# The possible causes of a watch's fault, to be mended first.
NEEDS_TOPIC = ("topic", "publisher role")
NEEDS_WAY = ("subscription", "webhook", "certs", "clock")


def probe(account: GmailAccount, broken: set[str]) -> Finding:
    """Tell what keeps the watch from notifying us."""
    check = f"watch {account.email}"
    watch: GmailWatch | None = getattr(account, "watch", None)
    if missing := unset("GMAIL_PUBSUB_TOPIC"):
        return skipped(check, missing)
    if account.state == AccountState.SYNCING and (watch is None or watch.state == WatchState.NONE):
        return skipped(check, "the mailbox is read for the first time")
    if watch is not None and not watch.wanted:
        return skipped(check, f"stopped by an operator (`{_renewal(account.email)}` starts it again)")
    found, causes = _judge(check, account.email, watch)
    cause = next((cause for cause in causes if cause in broken), "")
    return skipped(check, f"waits for the {cause}") if cause else found


def _judge(check: str, email: str, watch: GmailWatch | None) -> tuple[Finding, tuple[str, ...]]:
    """Return the finding, and the checks whose fault would be its cause."""
    renew = _renewal(email)
    topic = settings.GMAIL_PUBSUB_TOPIC
    if watch is not None and watch.state == WatchState.FAILED:
        mend = f"{_mend(watch.last_error)}; then `{renew}`"
        return fault(check, f"Gmail refused it: {watch.last_error}", mend), NEEDS_TOPIC
    if watch is None or watch.expires_at is None:
        return fault(check, "there is none.", renew), (*NEEDS_TOPIC, "worker")
    if watch.topic != topic:
        return fault(check, f"it notifies {watch.topic}, not {topic}.", renew), (*NEEDS_TOPIC, "worker")
    if watch.expires_at <= timezone.now():
        return fault(check, f"it expired at {watch.expires_at:%Y-%m-%d %H:%M} UTC.", renew), (*NEEDS_TOPIC, "worker")
    if watch.state == WatchState.SILENT:
        said = "silent: a notification was due, and none came within two minutes."
        mend = (
            f"`{manage('setup_pubsub', '--apply')}` mends what differs (without --apply it prints how); then `{renew}`"
        )
        return fault(check, said, mend), (*NEEDS_TOPIC, *NEEDS_WAY)
    return ok(check, f"until {watch.expires_at:%Y-%m-%d %H:%M} UTC."), ()


def _renewal(email: str) -> str:
    return manage("renew_watches", "--account", email)


def _mend(error: str) -> str:
    """Return the mend for Gmail's refusal of a watch (https://developers.google.com/workspace/gmail/api/guides/push)."""
    topic = settings.GMAIL_PUBSUB_TOPIC
    if "not authorized" in error:
        blocked = f"where the organisation restricts sharing by domain, allow it on {ORGANISATION_PAGE}"
        return f"`{grant_publisher(topic)}` ({blocked})"
    if "Invalid topicName" in error:
        return "set GMAIL_PUBSUB_TOPIC to a topic in the OAuth client's own project"
    if "not found" in error:
        return f"`{manage('setup_pubsub', '--apply')}`, or `{create_topic(topic)}`"
    return "mend what it says"
