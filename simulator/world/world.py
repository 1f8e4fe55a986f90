"""Everything that the simulator knows, in one place; the HTTP around it only reads and writes here."""

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from itertools import count

from simulator.clock import Clock
from simulator.faults import Faults
from simulator.mailbox import compose, usual_mail
from simulator.mailbox.compose import Mail
from simulator.mailbox.mailbox import Mailbox
from simulator.mailbox.store import MailboxStore
from simulator.meter import Meter, Quota
from simulator.options import Options
from simulator.state import State
from simulator.world.broker import Broker
from simulator.world.grants import Grants
from simulator.world.keys import Keys
from simulator.world.notifier import Notifier
from simulator.world.topics import Subscription, Topic

SEEDED_GAP_SECONDS = 2220  # seeded mails lie some 37 minutes apart


class World:
    """Google, small: accounts with their mailboxes, grants, Pub/Sub, and what a test may disturb."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock(options.clock)
        self.state = State(options.state)
        self.keys = Keys(self.state)
        self.grants = Grants(self.clock, self.state, options.access_token_seconds)
        self.broker = Broker(self.clock, self.state)
        self.notifier = Notifier(self.broker, self.clock, options.notification_gap)
        self.faults = Faults()
        self.meter = Meter()
        self.quota = Quota(options.quota)
        self.mailboxes: dict[str, Mailbox] = {}
        for account, _ in list(self.state.load("mailbox")):
            mailbox = self._open(account)
            mailbox.restore()
            self.mailboxes[mailbox.email] = mailbox
        self._prepare()
        self.state.commit()

    def create_mailbox(self, email: str, messages: int) -> Mailbox:
        """Create a mailbox with so many seeded mails; one that exists is left as it is."""
        email = email.lower()
        if email in self.mailboxes:
            return self.mailboxes[email]
        taken = {mailbox.account for mailbox in self.mailboxes.values()}
        mailbox = self._open(next(name for name in _names(email) if name not in taken))
        mailbox.email = email
        self.mailboxes[email] = mailbox
        mailbox.save()
        for back in range(messages, 0, -1):
            self.deliver(mailbox, age=usual_mail.age_of(back) if self.options.usual else back * SEEDED_GAP_SECONDS)
        return mailbox

    def delete_mailbox(self, email: str) -> None:
        """Delete the account and all that it had. KeyError if there is none."""
        mailbox = self.mailboxes.pop(email)
        self.grants.revoke_account(email)
        MailboxStore(self.state, mailbox.account).delete_all()

    def rename_mailbox(self, mailbox: Mailbox, email: str) -> None:
        """Give the same account another address; whoever had that one gets this one's. Grants and watches live on."""
        email, former = email.lower(), mailbox.email
        other = self.mailboxes.pop(email, None)
        del self.mailboxes[former]
        for renamed, address in ((mailbox, email), (other, former)):
            if renamed is not None:
                renamed.email = address
                self.mailboxes[address] = renamed
                renamed.save()
        self.grants.rename_account(former, email)

    def deliver(
        self,
        mailbox: Mailbox,
        *,
        age: float = 0.0,
        label_ids: list[str] | None = None,
        thread_id: str = "",
        imported: bool = False,
        subject: str | None = None,
        sender: str | None = None,
        text: str | None = None,
        recipients: str | None = None,
        internal_date: int | None = None,
        raw: str = "",
    ) -> str:
        """Put the next generated mail into a mailbox, `age` seconds old; returns its id.

        What is given replaces what was generated. An old mail is mostly read, and some answer others.
        `raw` is a whole mail (base64url), which is taken as it is.
        """
        number = mailbox.next_number
        now = self.clock.now() - age
        at = int(now * 1000) if internal_date is None else internal_date
        if raw:
            written = compose.brought(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
            return self._add(mailbox, written, label_ids or written.label_ids, thread_id, at, imported)
        what = {"subject": subject, "sender": sender, "text": text, "recipients": recipients}
        is_made_up = not thread_id and all(value is None for value in what.values())
        if self.options.usual and is_made_up and not usual_mail.is_odd(number):
            written, thread_id = usual_mail.compose(self.options.seed, mailbox, number, now)
            labels = compose.as_read(written, number) if age else written.label_ids
            return self._add(mailbox, written, labels if label_ids is None else label_ids, thread_id, at, imported)
        written = compose.compose(self.options.seed, mailbox.email, number, now, **what)
        labels = compose.as_read(written, number) if age else written.label_ids
        if not thread_id and subject is None and written.is_reply:
            newest = next(mailbox.newest_first(), None)
            if newest is not None:
                thread_id = newest.thread_id
                written = compose.as_reply(written, newest.content.header("Subject"))
        return self._add(mailbox, written, labels if label_ids is None else label_ids, thread_id, at, imported)

    def _add(
        self, mailbox: Mailbox, written: Mail, labels: Iterable[str], thread_id: str, at: int, imported: bool
    ) -> str:
        return mailbox.add(written.content, labels, thread_id=thread_id, internal_date=at, imported=imported).id

    def _open(self, account: str) -> Mailbox:
        store = MailboxStore(self.state, account)
        return Mailbox(
            account,
            self.options.seed,
            self.clock,
            store,
            self.notifier.changed,
            trash_keeps_inbox=self.options.trash_keeps_inbox,
        )

    def _prepare(self) -> None:
        """Make what the command line asks for; it wins over the state file, since ports change between runs."""
        options = self.options
        if options.topic:
            topic = self.broker.topics.get(options.topic, Topic(options.topic))
            topic.let_gmail_publish()
            self.broker.save_topic(topic)
        if options.subscription:
            known = self.broker.subscriptions.get(options.subscription)
            subscription = known or Subscription(options.subscription, options.topic)
            subscription.push_endpoint = options.push_endpoint
            subscription.push_audience = options.push_audience
            subscription.push_service_account = options.push_service_account
            self.broker.save_subscription(subscription)
        for email in options.mailbox:
            self.create_mailbox(email, options.messages)


def _names(email: str) -> Iterator[str]:
    """Give the names that an account with this address may have: an address can be given to another one later."""
    yield email
    yield from (f"{email}#{number}" for number in count(2))
