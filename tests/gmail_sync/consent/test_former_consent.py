"""A new consent begins without what a worker learned with the former one (consent/membership.py)."""

from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount, GmailWatch
from tests.support.environment import TOPIC
from tests.support.google.harness import Mailbox, Meanwhile, attempt_sync, is_due, sync


def test_rule_06_the_back_off_of_the_former_consent_does_not_hold_up_the_new_one(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail.fault("history.list", status=403, reason="forbidden")
    attempt_sync(account, Meanwhile(1, lambda: gmail.connect(ann)))
    assert (is_due(account), account.failures, account.last_error) == (True, 0, "")


def test_rule_06_the_end_of_the_former_consent_does_not_end_the_new_one(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    gmail.deliver(101)  # read in two parts, and the row is locked after the first

    def renew_and_lose_the_former() -> None:
        gmail.connect(ann)
        gmail.fault("batch", status=401, after=4)
        gmail.fault("token", status=400, reason="invalid_grant")

    attempt_sync(account, Meanwhile(2, renew_and_lose_the_former))
    gmail.wait_for_fault()
    assert (account.state, is_due(account)) == ("connected", True)


def test_rule_06_the_new_consent_gets_its_own_watch_at_once(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    GmailWatch.objects.update(renew_at=None)
    gmail.fault("watch", status=403, reason="forbidden")
    attempt_sync(account, Meanwhile(1, lambda: gmail.connect(ann)))
    before = gmail.calls("watch")
    sync(account)
    assert (gmail.calls("watch"), GmailWatch.objects.get().state) == (before + 1, "active")


def test_a_watch_that_is_wanted_again_while_its_stop_hangs_is_made_again(gmail: Mailbox, account: GmailAccount) -> None:
    GmailWatch.objects.update(wanted=False)
    again = Meanwhile(1, lambda: GmailWatch.objects.update(wanted=True, renew_at=None))
    sync(account, again)
    sync(account)
    assert (gmail.watched(), GmailWatch.objects.get().wanted) == (TOPIC, True)
