"""Whatever happens to a mailbox, its pushes, Google's answers and the workers: the mirror and the events follow it."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from gmail_sync import quota
from gmail_sync.claims import Claim
from gmail_sync.gmail import api as gmail_api
from gmail_sync.models import GmailAccount, Message, SkippedMessage
from gmail_sync.sync import batches, mirror, turns
from realtime.log.eventlog import EventLog
from realtime.models import StoredEvent
from tests.gmail_sync.sync.mailbox_acts import CALL, MailboxActs
from tests.simulator.harness import Simulator
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync

_numbers = count(1)


class Killed(BaseException):
    """SIGKILL: no code of ours runs after it."""


class MailboxMachine(MailboxActs):
    """Acts on one mailbox of the simulator as its owner, as Google and as the machines that fail."""

    simulator: Simulator

    @initialize()
    def connect(self) -> None:
        number = User.objects.count()
        self.user = User.objects.create_user(f"user{number}")
        self.gmail = Mailbox(f"machine{next(_numbers)}@gmail.example", self.simulator)
        self.simulator.sim("POST", "mailboxes", email=self.gmail.email)
        self.gmail.deliver(2, label_ids=["INBOX", "UNREAD"])
        self.account = self.gmail.connect(self.user)
        self.seq = 0
        self.page: dict[str, set[str]] = {}
        self.mail: set[str] = set()
        self.forgot = False
        self.late = 0
        self.settle()

    # The workers.

    @rule()
    def work(self) -> None:
        attempt_sync(self.account)

    @rule(call=CALL)
    def be_overtaken(self, call: int) -> None:
        attempt_sync(self.account, Meanwhile(call, self.overtake))

    def overtake(self) -> None:
        self.twenty_seconds_pass()
        attempt_sync(self.account)

    @rule()
    def ask_resync(self) -> None:
        GmailAccount.objects.filter(pk=self.account.pk).ask_resync()
        self.forgot = True  # as far as what is not in the inbox and not found is concerned

    @rule(call=CALL)
    def die_before_a_call(self, call: int) -> None:
        self.die(lambda: attempt_sync(self.account, Meanwhile(call, self.kill)))

    @rule(step=strategies.sampled_from([(EventLog, "write"), (Claim, "finish"), (Claim, "lock")]))
    def die_at_a_step(self, step: tuple[type, str]) -> None:
        with mock.patch.object(*step, side_effect=Killed):
            self.die(lambda: attempt_sync(self.account))

    @rule(change=strategies.sampled_from(["insert", "relabel", "delete"]))
    def fail_to_write(self, change: str) -> None:
        with mock.patch.object(mirror, change, side_effect=ValueError):
            attempt_sync(self.account)

    def kill(self) -> None:
        raise Killed

    def die(self, work: Callable[[], Any]) -> None:
        with suppress(Killed):
            work()
        self.twenty_seconds_pass()

    def twenty_seconds_pass(self) -> None:
        GmailAccount.objects.filter(pk=self.account.pk).update(claim_expires_at=None)
        self.account.refresh_from_db()

    # What must hold.

    @invariant()
    def the_events_say_what_the_mirror_is(self) -> None:
        events = StoredEvent.objects.filter(user=self.user, seq__gt=self.seq).order_by("seq")
        reloaded = False  # the list is read after all of these events, and has what they announce
        for event in events:
            assert event.seq == self.seq + 1
            self.seq = event.seq
            message = json.loads(event.payload).get("message", {})
            if event.type == "message.deleted":
                del self.page[message["id"]]
            elif event.type == "message.added":
                assert reloaded or message["id"] not in self.page, "announced twice"
                self.page[message["id"]] = set(message["label_ids"])
            elif event.type == "message.changed":
                self.page[message["id"]] = set(message["label_ids"])
            elif event.type in ("mailbox.resynced", "account.status"):
                reloaded = True
                self.page |= {i: labels for i, labels in self.mirror().items() if i not in self.page}
        for gmail_id, labels in self.page.items():
            assert self.mirror()[gmail_id] == labels

    def mirror(self) -> dict[str, set[str]]:
        rows = Message.objects.filter(account=self.account).values_list("gmail_id", "label_ids")
        return {gmail_id: set(labels) for gmail_id, labels in rows}

    def settle(self) -> None:
        """Nothing fails any more, and all that is due is done, the polls after it included."""
        self.gmail.mend()
        ledger = SkippedMessage.objects.filter(account=self.account)
        ledger.update(skipped=False, attempts=0)  # an operator asks for what was given up
        open_entries = ledger.filter(skipped=False)
        whole = 0
        for _ in range(200):
            GmailAccount.objects.filter(pk=self.account.pk).update(last_push_at=None)
            ledger.update(retry_at=None)
            whole += attempt_sync(self.account) == "ok"
            if whole >= 8 and not open_entries.exists():
                break
        assert whole >= 8
        assert not open_entries.exists()
        # Of a message that was deleted meanwhile the ledger may have been told only that it is missing.
        given_up = ledger.values_list("gmail_id", flat=True)
        assert not {message["id"] for message in self.gmail.state["messages"]}.intersection(given_up)

    def teardown(self) -> None:
        if hasattr(self, "account"):
            self.settle()
            self.the_events_say_what_the_mirror_is()
            truth = {message["id"]: set(message["label_ids"]) for message in self.gmail.state["messages"]}
            mirror = self.mirror()
            assert {i: truth.get(i) for i in mirror} == mirror
            inbox = {i for i, labels in truth.items() if "INBOX" in labels and not labels & {"SPAM", "TRASH"}}
            assert inbox <= mirror.keys()
            assert inbox == set(self.account.messages.inbox().values_list("gmail_id", flat=True))
            if not self.forgot:
                assert self.mail & truth.keys() <= mirror.keys()
            assert self.page == mirror
            assert self.account.history_id == self.gmail.history_id


@pytest.mark.parametrize("examples", [15, pytest.param(300, marks=pytest.mark.chaos)], ids=["a few", "many"])
def test_it_follows_the_mailbox_through_everything(
    google: Simulator, transactional_db: None, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    monkeypatch.setattr(quota, "BATCH_LIMIT_UNITS", 1e9)  # the minutes that it takes would not pass here
    monkeypatch.setattr(quota, "LIMIT_UNITS", 1e9)
    monkeypatch.setattr(gmail_api, "PAGE_SIZE", 3)
    monkeypatch.setattr(batches, "UNKNOWN_LIMIT", 2)
    monkeypatch.setattr(turns, "PAGES_A_TURN", 4)
    machine = type("Machine", (MailboxMachine,), {"simulator": google})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            derandomize=examples < 100,  # the same few for everybody; the many are new each time
            database=None,
            stateful_step_count=25,
            phases=[Phase.generate],  # shrinking would take longer than reading 25 steps
            suppress_health_check=list(HealthCheck),
        ),
    )
