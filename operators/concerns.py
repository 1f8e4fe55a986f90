"""The concerns of operators, worst first: each with its fault, its mend and a link to the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from django.db.models.functions import Now
from django.urls import reverse

from gmail_sync import heartbeat, status
from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from gmail_sync.start_up import manage
from gmail_sync.states import AccountState, WatchState
from operators.admin_site import may_view
from realtime.transport import pulse


@dataclass(frozen=True)
class Concern:
    """`tone` is bad (mail comes late or not at all) or warn; `rows` and `query` say which list shows where it is."""

    tone: str
    what: str
    mend: str
    rows: type[Model] | None = None
    query: str = ""

    def link(self, user: User | AnonymousUser) -> str:
        """Return the list's address; empty without a list, and for a user who may not view it."""
        if self.rows is None or not may_view(user, str(self.rows._meta.model_name)):
            return ""
        return f"{reverse(f'admin:gmail_sync_{self.rows._meta.model_name}_changelist')}?{self.query}"


def concerns(redis_error: str, deaf_webs: int) -> list[Concern]:
    """List all of them. So many `deaf_webs` said in their last minute that Redis does not carry their messages."""
    return [*_machinery(redis_error, deaf_webs), *_watches(), *_mailboxes()]


def _machinery(redis_error: str, deaf_webs: int) -> Iterator[Concern]:
    if redis_error:
        hangs = redis_error == "TimeoutError"
        do = (
            "It takes connections and hangs, or the line does: restart it"
            if hangs
            else "Start it, or correct REDIS_URL"
        )
        mend = (
            f"Events come with up to a second of delay, and nothing is lost. {do}; {manage('check_gmail')} says more."
        )
        yield Concern("bad", f"Redis does not answer ({redis_error}).", mend)
    elif deaf_webs:
        mend = "Redis answers here: look at its limits and at the network between."
        yield Concern("warn", f"Webs that did not hear Redis in their last minute: {deaf_webs}.", mend)
    for web, unheard in pulse.deaf():
        who = ", ".join(map(str, unheard))
        mend = f"Their events come with up to a second of delay; nothing is lost. {pulse.MEND}"
        yield Concern("bad", f"{web} does not hear {who} through Redis.", mend)
    if not heartbeat.alive().exists():
        mend = f"Nothing is synced. Start one: {manage('sync_worker')}; its log says why it ended."
        yield Concern("bad", "No worker is alive.", mend)


def _watches() -> Iterator[Concern]:
    if not settings.GMAIL_PUBSUB_TOPIC:
        mend = f"Mailboxes are polled every {settings.SYNC_POLL_SILENT_SECONDS:g} s. Set GMAIL_PUBSUB_TOPIC."
        yield Concern("warn", "There are no pushes, since no topic is set.", mend)
        return
    watches = status.watched()
    doctor = f"{manage('check_gmail')} names the fault: topic, publisher role, subscription or webhook."
    if lapsed := watches.filter(expires_at__lte=Now()).count():
        mend = f"Renew them: {manage('renew_watches')}. Their last error says what kept the worker from it."
        yield Concern("bad", f"Lapsed watches: {lapsed}.", mend, GmailWatch, "expiry=lapsed&kept=yes")
    if silent := watches.filter(state=WatchState.SILENT).count():
        what = f"Silent watches: {silent}. A push was due, and none came within two minutes."
        yield Concern("bad", what, f"They are polled meanwhile. {doctor}", GmailWatch, "state__exact=silent&kept=yes")
    if failed := watches.filter(state=WatchState.FAILED).count():
        what = f"Watches that could not be made or renewed: {failed}."
        yield Concern("bad", what, f"Read their last error. {doctor}", GmailWatch, "state__exact=failed&kept=yes")


def _mailboxes() -> Iterator[Concern]:
    if failing := status.failing().count():
        what = f"Failing mailboxes: {failing}, each at least {status.FAILING_AFTER} times in a row."
        mend = "They are tried again by themselves; their last error says what is wrong."
        yield Concern("bad", what, mend, GmailAccount, "failing=yes")
    if waiting := GmailAccount.objects.filter(state=AccountState.REAUTH_REQUIRED).count():
        what = f"Mailboxes that wait for their user's consent: {waiting}."
        mend = "Only the user can give it: Mailboxes, Reconnect. Nothing is lost until then."
        yield Concern("bad", what, mend, GmailAccount, "state__exact=reauth_required")
    if away := GmailAccount.objects.filter(history_away_since__isnull=False).count():
        what = f"Mailboxes whose history Gmail does not give: {away}."
        mend = "Gmail's fault. Mail comes all the same; what no listing shows comes later. It ends by itself."
        yield Concern("warn", what, mend, GmailAccount, "history=away")
    if given_up := SkippedMessage.objects.filter(skipped=True).count():
        mend = "All else of these mailboxes is synced. Read the reason, then try them again."
        yield Concern("warn", f"Messages that were given up: {given_up}.", mend, SkippedMessage, "skipped__exact=1")
