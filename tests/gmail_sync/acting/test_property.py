"""Whatever happens between acts, reads, Google and dying workers: mirror and events end at Gmail's state."""

import json
import uuid

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from gmail_sync import quota
from gmail_sync.acting import asking
from gmail_sync.acting.asked import Wanted
from gmail_sync.acting.difference import Difference
from gmail_sync.gmail import api as gmail_api
from gmail_sync.gmail import changing
from gmail_sync.models import LabelAction
from gmail_sync.sync import batches, turns
from realtime.models import StoredEvent
from tests.gmail_sync.sync.mailbox_acts import CALL, NUMBER
from tests.gmail_sync.sync.test_property import MailboxMachine
from tests.simulator.harness import Simulator
from tests.support.google.harness import Meanwhile, attempt_sync

DIFFERENCES = strategies.sampled_from(
    [
        Difference.of([], ["INBOX"]),
        Difference.of(["TRASH"], ["INBOX"]),
        Difference.of(["INBOX"], ["TRASH"]),
        Difference.of(["STARRED"], []),
        Difference.of([], ["UNREAD"]),
        Difference.of(["Label_1"], ["STARRED"]),
    ]
)
COUNT = strategies.integers(1, 4)


class ActingMachine(MailboxMachine):
    """Two members act on the mailbox, too."""

    @initialize()
    def connect(self) -> None:
        super().connect()
        self.account = self.gmail.connect(self.user, act=True)
        self.other = User.objects.create_user(f"other{User.objects.count()}")
        self.account.users.add(self.other)
        self.settle()

    @rule(number=NUMBER, count=COUNT, difference=DIFFERENCES, mine=strategies.booleans())
    def act_here(self, number: int, count: int, difference: Difference, mine: bool) -> None:
        rows = list(self.account.messages.order_by("pk").values_list("gmail_id", flat=True))
        if rows:
            some = list(dict.fromkeys((rows[number % len(rows) :] + rows)[:count]))
            user = self.user if mine else self.other
            asking.ask(user.pk, Wanted(uuid.uuid4(), self.account.pk, difference, some, []))

    @rule(number=NUMBER)
    def undo(self, number: int) -> None:
        acts = list(LabelAction.objects.filter(account=self.account).order_by("-pk")[:10])
        if acts:
            act = acts[number % len(acts)]
            asking.undo(act.user_id, act.op, uuid.uuid4())

    @rule(call=CALL, number=NUMBER, difference=DIFFERENCES)
    def act_here_while_it_reads(self, call: int, number: int, difference: Difference) -> None:
        attempt_sync(self.account, Meanwhile(call, lambda: self.act_here(number, 1, difference, mine=True)))

    @rule(status=strategies.sampled_from([400, 404, 429, 500]), number=NUMBER)
    def refuse_an_act(self, status: int, number: int) -> None:
        if gmail_id := self.pick(number):
            self.gmail.fault("messages.modify", email=self.gmail.email, message_id=gmail_id, status=status)

    @rule(method=strategies.sampled_from(["messages.batchModify", "batch"]))
    def lose_an_answer(self, method: str) -> None:
        self.gmail.fault(method, email=self.gmail.email, drop=True)

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "other"):
            acts = LabelAction.objects.filter(account=self.account)
            assert not acts.filter(state="waiting").exists()
            for user in (self.user, self.other):
                told = StoredEvent.objects.filter(user=user, type="action.settled").order_by("seq")
                ops = [json.loads(event.payload)["op"] for event in told]
                assert sorted(ops) == sorted(str(op) for op in acts.filter(user=user).values_list("op", flat=True))


@pytest.mark.parametrize("examples", [15, pytest.param(300, marks=pytest.mark.chaos)], ids=["a few", "many"])
def test_mail_page_01_it_ends_at_gmails_state_with_no_act_open(
    google: Simulator, transactional_db: None, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    for module, name, value in (
        (quota, "BATCH_LIMIT_UNITS", 1e9),  # the minutes that it takes would not pass here
        (quota, "LIMIT_UNITS", 1e9),
        (asking, "MOST_IN_A_MINUTE", 10_000),
        (changing, "ONE_BY_ONE", 2),
        (gmail_api, "PAGE_SIZE", 3),
        (batches, "UNKNOWN_LIMIT", 2),
        (turns, "PAGES_A_TURN", 4),
    ):
        monkeypatch.setattr(module, name, value)
    machine = type("Machine", (ActingMachine,), {"simulator": google})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            derandomize=examples < 100,
            database=None,
            stateful_step_count=25,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
