"""Everything that the simulator knows, in one place; the HTTP around it only reads and writes here."""

from simulator import mail
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.mailbox import Mailbox
from simulator.meter import Meter, Quota
from simulator.notifier import Notifier
from simulator.oauth.grants import Grants
from simulator.oauth.keys import Keys
from simulator.options import Options
from simulator.pubsub.broker import Broker
from simulator.pubsub.models import Subscription, Topic
from simulator.state import State
from simulator.store import MailboxStore

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
        for email, _ in self.state.load("mailbox"):
            self._open(email).restore()
        self._prepare()
        self.state.commit()

    def create_mailbox(self, email: str, messages: int) -> Mailbox:
        """A new mailbox with so many seeded mails; one that exists is left as it is."""
        email = email.lower()
        if email in self.mailboxes:
            return self.mailboxes[email]
        mailbox = self._open(email)
        mailbox.save()
        for number in range(1, messages + 1):
            age = (messages - number + 1) * SEEDED_GAP_SECONDS
            self.deliver(mailbox, age=age)
        return mailbox

    def delete_mailbox(self, email: str) -> None:
        """The account and all that it had. KeyError if there is none."""
        del self.mailboxes[email]
        self.grants.revoke_account(email)
        MailboxStore(self.state, email).delete_all()

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
    ) -> str:
        """Put the next generated mail into a mailbox, `age` seconds old; returns its id.

        What is given replaces what was generated. An old mail is mostly read, and some answer others.
        """
        number = mailbox.next_number
        now = self.clock.now() - age
        what = {"subject": subject, "sender": sender, "text": text, "recipients": recipients}
        written = mail.compose(self.options.seed, mailbox.email, number, now, **what)
        labels = mail.as_read(written, number) if age else written.label_ids
        if not thread_id and subject is None and written.is_reply:
            newest = next(mailbox.newest_first(), None)
            if newest is not None:
                thread_id = newest.thread_id
                written = mail.as_reply(written, newest.content.header("Subject"))
        message = mailbox.add(
            written.content,
            labels if label_ids is None else label_ids,
            thread_id=thread_id,
            internal_date=int(now * 1000) if internal_date is None else internal_date,
            imported=imported,
        )
        return message.id

    def _open(self, email: str) -> Mailbox:
        store = MailboxStore(self.state, email)
        mailbox = Mailbox(
            email,
            self.options.seed,
            self.clock,
            store,
            self.notifier.changed,
            trash_keeps_inbox=self.options.trash_keeps_inbox,
        )
        self.mailboxes[email] = mailbox
        return mailbox

    def _prepare(self) -> None:
        """What the command line asks for; it wins over the state file, since ports change between runs."""
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
