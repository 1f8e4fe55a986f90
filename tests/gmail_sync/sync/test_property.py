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
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gmail_sync import quota
from gmail_sync.claims import Claim
from gmail_sync.gmail import api as gmail_api
from gmail_sync.gmail.history import NOT_MIRRORED
from gmail_sync.models import GmailAccount, Message, SkippedMessage
from gmail_sync.sync import batches, turns
from realtime.log.eventlog import EventLog
from realtime.models import StoredEvent
from tests.simulator.harness import Simulator
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, push

LABEL = strategies.sampled_from(["INBOX", "UNREAD", "STARRED", "SPAM", "TRASH", "Label_1"])
LABELS = strategies.sets(LABEL, max_size=3)
METHODS = strategies.sampled_from(["history.list", "messages.get", "batch", "messages.list", "getProfile", "token"])
FAULTS = strategies.sampled_from([429, 500, 503, 404])
NUMBER = strategies.integers(0, 9)
CALL = strategies.integers(1, 6)


_numbers = count(1)


class Killed(BaseException):
    """SIGKILL: no code of ours runs after it."""


class MailboxMachine(RuleBasedStateMachine):
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

    # The owner.

    @rule(labels=LABELS, count=strategies.integers(1, 3), imported=strategies.booleans())
    def deliver(self, labels: set[str], count: int, imported: bool) -> None:
        arrived = self.gmail.deliver(count, label_ids=sorted(labels), imported=imported)
        if not labels & NOT_MIRRORED and not self.forgot:
            self.mail.update(arrived)

    @rule()
    def draft(self) -> None:
        self.gmail.deliver(label_ids=["DRAFT"])

    @rule(number=NUMBER, add=LABELS, remove=LABELS)
    def relabel(self, number: int, add: set[str], remove: set[str]) -> None:
        if gmail_id := self.pick(number):
            self.gmail.modify(gmail_id, add=sorted(add - remove), remove=sorted(remove))

    @rule(number=NUMBER, change=strategies.sampled_from(["trash", "untrash", "delete"]))
    def act(self, number: int, change: str) -> None:
        if gmail_id := self.pick(number):
            self.gmail.act(gmail_id, change)

    @rule(call=CALL, number=NUMBER, labels=LABELS, change=strategies.sampled_from(["deliver", "relabel", "delete"]))
    def act_while_it_reads(self, call: int, number: int, labels: set[str], change: str) -> None:
        acts = {
            "deliver": lambda: self.deliver(labels, 1, imported=False),
            "relabel": lambda: self.relabel(number, labels, {"INBOX", "SPAM"}),
            "delete": lambda: self.act(number, "delete"),
        }
        attempt_sync(self.account, Meanwhile(call, acts[change]))

    def pick(self, number: int) -> str | None:
        messages = self.gmail.state["messages"]
        return str(messages[number % len(messages)]["id"]) if messages else None

    # Google.

    @rule(behind=strategies.integers(0, 3), times=strategies.integers(1, 2))
    def push(self, behind: int, times: int) -> None:
        for _ in range(times):
            push(self.account, max(1, self.gmail.history_id - behind))

    @rule()
    def forget_history(self) -> None:
        self.gmail.account("expire_history")
        self.forgot = True

    @rule(method=METHODS, status=FAULTS, after=strategies.integers(0, 2))
    def fail(self, method: str, status: int, after: int) -> None:
        gone = status == 404 and method != "messages.get"
        self.gmail.fault(method, email=self.gmail.email, status=500 if gone else status, after=after)

    @rule(number=NUMBER, status=strategies.sampled_from([400, 500, 503]))
    def refuse(self, number: int, status: int) -> None:
        """One message, until all is mended; to be asked for since it is new, or since a listing asks."""
        if gmail_id := self.pick(number):
            self.gmail.fault("messages.get", email=self.gmail.email, message_id=gmail_id, status=status, times=None)

    @rule()
    def give_no_history(self) -> None:
        self.gmail.fault("history.list", email=self.gmail.email, status=404, times=None)

    @rule()
    def mend(self) -> None:
        self.gmail.mend()

    @rule()
    def hours_pass(self) -> None:
        SkippedMessage.objects.exclude(retry_at=None).update(retry_at=None)

    @rule(seconds=strategies.sampled_from([0.05, 60]))
    def list_late(self, seconds: float) -> None:
        self.late += 1
        if self.late > 3:
            return  # five late reads in a row are 42 s in which nothing is listed; here they would take none
        self.gmail.fault("history.list", email=self.gmail.email, lag=seconds)

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
        SkippedMessage.objects.update(skipped=False, attempts=0)  # an operator asks for what was given up
        whole = 0
        for _ in range(80):
            GmailAccount.objects.filter(pk=self.account.pk).update(last_push_at=None)
            SkippedMessage.objects.update(retry_at=None)
            whole += attempt_sync(self.account) == "ok"
            if whole == 8:
                break
        assert whole == 8
        assert not SkippedMessage.objects.exists()

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
