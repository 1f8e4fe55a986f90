"""Gives what its owner and Google do to the mailbox of test_property.py."""

from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, rule

from gmail_sync.gmail.history import NOT_MIRRORED
from gmail_sync.models import GmailAccount, SkippedMessage
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, push

LABEL = strategies.sampled_from(["INBOX", "UNREAD", "STARRED", "SPAM", "TRASH", "Label_1"])
LABELS = strategies.sets(LABEL, max_size=3)
METHODS = strategies.sampled_from(["history.list", "messages.get", "batch", "messages.list", "getProfile", "token"])
FAULTS = strategies.sampled_from([429, 500, 503, 404])
NUMBER = strategies.integers(0, 9)
CALL = strategies.integers(1, 6)


class MailboxActs(RuleBasedStateMachine):
    """Acts on one mailbox of the simulator as its owner and as Google."""

    gmail: Mailbox
    account: GmailAccount
    mail: set[str]
    forgot: bool
    late: int

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
