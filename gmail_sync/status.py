"""The state of mailboxes, watches and workers, for health, metrics and operators. Each query uses an index."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, ExpressionWrapper, F, QuerySet
from django.db.models.fields import DurationField
from django.db.models.functions import Now

from gmail_sync import heartbeat
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.states import AccountState, WatchState

FAILING_AFTER = 3  # failures in a row; they take some seconds, more than one throttle
DUE_COUNTED = 10_000


def watched() -> QuerySet[GmailWatch]:
    """Return the watches to keep: none is renewed without a consent."""
    unwatchable = [AccountState.REAUTH_REQUIRED, AccountState.CLOSING]
    return GmailWatch.objects.filter(wanted=True).exclude(account__state__in=unwatchable)


def doubted() -> QuerySet[GmailWatch]:
    """Return those of them that do not notify us, as far as we know."""
    return watched().filter(state__in=[WatchState.FAILED, WatchState.SILENT])


def push_state() -> str:
    """Return the worst that is true of any watch (`lapsed`, `silent`), else `ok` if one works, else `none`."""
    if not settings.GMAIL_PUBSUB_TOPIC:
        return "none"
    if watched().filter(expires_at__lte=Now()).exists():
        return "lapsed"
    if watched().filter(state=WatchState.SILENT).exists():
        return "silent"
    return "ok" if watched().filter(state=WatchState.ACTIVE).exists() else "none"


def failing() -> QuerySet[GmailAccount]:
    """Return the mailboxes whose last three reads failed."""
    return GmailAccount.objects.filter(failures__gte=FAILING_AFTER)


def mailboxes_state() -> str:
    """Return `failing` if errors or an ended consent keep some mailbox from being read, else `ok`."""
    waiting = GmailAccount.objects.filter(state=AccountState.REAUTH_REQUIRED)
    return "failing" if failing().exists() or waiting.exists() else "ok"


@dataclass(frozen=True)
class Standing:
    """One look at the database."""

    mailboxes: dict[str, int]  # by state
    due: int  # at most 10,000
    failing: int
    watches: dict[str, int]  # those that are to be kept, by state
    watch_expiry_seconds: float | None  # of the nearest; below 0: lapsed
    workers: int


def look() -> Standing:
    """Read all of it in seven queries; with 100,000 mailboxes the slowest, the count of watches, takes about 0.2 s."""
    mailboxes = dict.fromkeys(AccountState.values, 0)
    unusual = GmailAccount.objects.exclude(state=AccountState.CONNECTED).order_by()
    mailboxes |= dict(unusual.values_list("state").annotate(Count("pk")))
    mailboxes[AccountState.CONNECTED] = GmailAccount.objects.count() - sum(mailboxes.values())
    by_state = watched().order_by().values_list("state").annotate(Count("pk"))
    left = ExpressionWrapper(F("expires_at") - Now(), output_field=DurationField())
    nearest = watched().filter(expires_at__isnull=False).order_by("expires_at").annotate(left=left)
    seconds = nearest.values_list("left", flat=True).first()
    return Standing(
        mailboxes=mailboxes,
        due=GmailAccount.objects.due().order_by()[:DUE_COUNTED].count(),
        failing=failing().count(),
        watches=dict.fromkeys(WatchState.values, 0) | dict(by_state),
        watch_expiry_seconds=None if seconds is None else seconds.total_seconds(),
        workers=heartbeat.alive().count(),
    )
