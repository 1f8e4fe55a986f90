"""A mailbox from its owner's side, and what our side makes of it."""

import json
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from gmail_sync.claims import Claim, claim_account
from gmail_sync.consent import google, membership
from gmail_sync.models import GmailAccount, GmailWatch, Message
from gmail_sync.schedule import take_notification
from gmail_sync.sync.account import sync_account
from gmail_sync.sync.attempt import run_claimed
from realtime.models import StoredEvent
from tests.simulator.harness import Simulator
from tests.support.google.consent_page import REDIRECT_URI, consented
from tests.support.waiting import eventually


@dataclass
class Mailbox:
    """A mailbox as its owner sees it in Gmail, and Gmail's faults."""

    email: str
    simulator: Simulator

    def deliver(self, count: int = 1, sender: str | None = None, **what: Any) -> list[str]:
        """Let mail arrive; returns the ids, oldest first."""
        what["from"] = sender
        return self.simulator.deliver(self.email, count=count, **what)

    def modify(self, gmail_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Add and remove labels."""
        self.act(gmail_id, "modify", add=add, remove=remove)

    def act(self, gmail_id: str, change: str, **what: Any) -> None:
        """Carry out `trash`, `untrash` or `delete`."""
        self.simulator.change(self.email, gmail_id, change, **what)

    def account(self, change: str) -> None:
        """`revoke`, `expire_tokens`, `disappear`, `appear`, `expire_history` or `expire_watch`."""
        self.simulator.change_account(self.email, change)

    def rename(self, email: str) -> "Mailbox":
        """Give the mailbox another address; whoever has that one gets this one's."""
        self.simulator.change_account(self.email, "rename", to=email)
        return Mailbox(email, self.simulator)

    def another(self, email: str) -> "Mailbox":
        """Create a mailbox of somebody else."""
        self.simulator.create_mailbox(email)
        return Mailbox(email, self.simulator)

    def wait_for_fault(self) -> None:
        """Wait until every fault that was set has met its call."""
        eventually(lambda: not self.simulator.sim("GET", "faults")["faults"])

    def fault(self, method: str, **what: Any) -> None:
        """Let something go wrong (simulator/README.md)."""
        self.simulator.fault(method, **what)

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self.simulator.clear_faults()

    def calls(self, method: str) -> int:
        """Count its calls since the test began, whatever the answer."""
        calls: dict[str, int] = self.simulator.meter()["calls"].get(method, {})
        return sum(calls.values())

    @property
    def state(self) -> dict[str, Any]:
        """Gmail's own state: history_id, watch, messages."""
        return self.simulator.dump(self.email)

    @property
    def history_id(self) -> int:
        """The newest one."""
        return self.simulator.head(self.email)

    def watched(self) -> str | None:
        """Return the topic that Gmail publishes its notifications to."""
        watch = self.state["watch"]
        return watch and str(watch["topic"])

    def consent(self, act: bool = False, **what: str) -> google.Grant:
        """Consent as the user, to acts as well if asked for them; returns the grant."""
        asked = google.authorization_request(REDIRECT_URI, act=act)
        code = consented(asked.url, email=self.email, **what)["code"]
        return google.exchange(code, asked.code_verifier, REDIRECT_URI)

    def connect(self, user: User, act: bool = False) -> GmailAccount:
        """Connect it to the user, as through the pages."""
        return membership.join(user.pk, self.consent(act))


class Meanwhile(threading.Event):
    """Something else happens just before the nth call to Gmail, as if in another process."""

    def __init__(self, before_call: int, what: Callable[[], object]) -> None:
        super().__init__()
        self._left, self._what = before_call, what

    def is_set(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self._what()
        return super().is_set()


def claim(account: GmailAccount, meanwhile: Meanwhile | None = None) -> Claim:
    """Hold the mailbox as a worker does."""
    claim = claim_account(account.pk, meanwhile)
    assert claim is not None, "somebody else holds it"
    return claim


def sync(account: GmailAccount, meanwhile: Meanwhile | None = None) -> float:
    """Bring it up to date as a worker does, but let what goes wrong come out. Returns when it is due again."""
    held = claim(account, meanwhile)
    seconds = 0.0
    try:
        seconds = sync_account(held)
    finally:
        held.finish(seconds)
        if GmailAccount.objects.filter(pk=account.pk):
            account.refresh_from_db()
    return seconds


def attempt_sync(account: GmailAccount, meanwhile: Meanwhile | None = None) -> str:
    """Let a worker try; returns the result in one word."""
    result = run_claimed(claim(account, meanwhile), sync_account).result
    if GmailAccount.objects.filter(pk=account.pk):
        account.refresh_from_db()
    return result


def a_moment_passes() -> None:
    """Let the last pushes and probes be no longer of these seconds."""
    moment = timedelta(seconds=10)
    GmailAccount.objects.update(last_push_at=F("last_push_at") - moment)
    GmailWatch.objects.update(probe_sent_at=F("probe_sent_at") - moment)


def push(account: GmailAccount, history_id: int) -> None:
    """Gmail notifies of a change up to there."""
    take_notification(account.email, history_id)
    account.refresh_from_db()


def ask_sync(account: GmailAccount) -> None:
    """An operator asks for a sync."""
    GmailAccount.objects.filter(pk=account.pk).ask_sync()
    account.refresh_from_db()


def is_due(account: GmailAccount) -> bool:
    """Tell whether a worker may claim it now."""
    return GmailAccount.objects.due().filter(pk=account.pk).exists()


def seconds_until_due(account: GmailAccount) -> float:
    """When it is due again."""
    due_at = GmailAccount.objects.values_list("next_sync_at", flat=True).get(pk=account.pk)
    return (due_at - timezone.now()).total_seconds() if due_at else math.inf


def events(user: User) -> list[tuple[str, dict[str, Any]]]:
    """Return what the user was told since they connected the mailbox: type and payload. Counts have their own tests."""
    stored = StoredEvent.objects.filter(user=user).exclude(type="mailbox.counts").order_by("seq")
    return [(event.type, json.loads(event.payload)) for event in stored]


def told(user: User, type_: str = "message.") -> list[tuple[str, str]]:
    """Which message events the user got, in short: what, and about which message."""
    return [(name, payload["message"]["id"]) for name, payload in events(user) if name.startswith(type_)]


def types(user: User) -> list[str]:
    """Return the types of the events that the user got."""
    return [name for name, _ in events(user)]


def forget_events() -> None:
    """Let the test look at what comes from here on."""
    StoredEvent.objects.all().delete()


def mirrored(account: GmailAccount) -> dict[str, list[str]]:
    """Return the mirror: the labels of each message."""
    return dict(Message.objects.filter(account=account).values_list("gmail_id", "label_ids"))
