"""The members of a mailbox: they join, leave, and are told what changed for them."""

from django.contrib.auth.models import User

from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount
from realtime.log import reading
from tests.realtime.log.log_reader import read
from tests.support.google.harness import (
    Mailbox,
    Meanwhile,
    events,
    is_due,
    mirrored,
    sync,
    told,
    types,
)


def members(account: GmailAccount) -> set[User]:
    return set(account.users.all())


def states(user: User) -> list[str]:
    return [payload["state"] for type_, payload in events(user) if type_ == "account.status"]


def test_it_makes_one_account_of_a_mailbox_that_two_users_connect(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    assert gmail.connect(bob) == account
    assert members(account) == {ann, bob}
    assert GmailAccount.objects.count() == 1


def test_it_makes_one_account_of_a_mailbox_that_is_connected_again(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    cursor, rows = account.history_id, mirrored(account)
    gmail.deliver()
    again = gmail.connect(ann)
    assert (again.pk, again.state, again.history_id, mirrored(again)) == (account.pk, "connected", cursor, rows)
    assert again.credentials_version == account.credentials_version + 1
    assert is_due(again)


def test_rule_01_a_newcomer_is_told_the_state_of_the_mailbox(gmail: Mailbox, account: GmailAccount, bob: User) -> None:
    gmail.connect(bob)
    assert states(bob) == ["connected"]


def test_rule_01_who_joins_while_gmail_is_read_gets_the_event(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    (gmail_id,) = gmail.deliver()
    sync(account, Meanwhile(2, lambda: account.users.add(bob)))
    assert told(ann) == told(bob) == [("message.added", gmail_id)]


def test_rule_01_who_leaves_while_gmail_is_read_gets_no_event(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    gmail.connect(bob)
    (gmail_id,) = gmail.deliver()
    sync(account, Meanwhile(2, lambda: membership.leave(bob.pk, account.pk)))
    assert told(ann) == [("message.added", gmail_id)]
    assert (told(bob), states(bob)) == ([], ["disconnected"])


def test_rule_02_leaving_deletes_the_stored_events_and_raises_the_floor(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    gmail.connect(bob)
    start = reading.head(bob.pk)
    gmail.deliver(2)
    sync(account)
    before = reading.head(bob.pk)
    membership.leave(bob.pk, account.pk)
    assert (types(bob), states(bob)) == (["account.status"], ["disconnected"])
    assert isinstance(read(bob.pk, start), reading.Reset)
    replay = read(bob.pk, before)
    assert isinstance(replay, reading.Slice)
    assert len(replay.frames) == 1
    assert len(told(ann)) == 2


def test_rule_02_who_has_left_is_told_nothing_more(gmail: Mailbox, account: GmailAccount, ann: User, bob: User) -> None:
    gmail.connect(bob)
    assert membership.leave(bob.pk, account.pk)
    gmail.deliver()
    sync(account)
    assert (len(told(ann)), told(bob), members(account)) == (1, [], {ann})


def test_it_does_not_let_a_stranger_close_a_mailbox(account: GmailAccount, ann: User, bob: User) -> None:
    assert not membership.leave(bob.pk, account.pk)
    assert not membership.leave(ann.pk, account.pk + 1)
    account.refresh_from_db()
    assert (members(account), account.state, states(bob)) == ({ann}, "connected", [])


def test_rule_02_the_last_one_to_leave_closes_the_mailbox(account: GmailAccount, ann: User) -> None:
    membership.leave(ann.pk, account.pk)
    account.refresh_from_db()
    assert (account.state, is_due(account), states(ann)) == ("closing", True, ["disconnected"])


def test_rule_02_a_reassigned_address_shows_its_new_owner_nothing_of_the_former_ones(
    gmail: Mailbox, account: GmailAccount, ann: User, bob: User
) -> None:
    gmail.rename("ann.new@gmail.example")
    other = gmail.another(gmail.email)
    theirs = other.connect(bob)
    assert theirs != account
    assert (members(theirs), mirrored(theirs), theirs.email) == ({bob}, {}, other.email)
    assert [payload["account_id"] for _, payload in events(bob)] == [theirs.pk]


def test_it_follows_a_google_account_whose_address_changed(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    GmailAccount.objects.update(email="former@gmail.example")
    again = gmail.connect(ann)
    assert (again.pk, again.email) == (account.pk, gmail.email)


def test_it_connects_again_a_mailbox_that_was_closing(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    membership.leave(ann.pk, account.pk)
    again = gmail.connect(ann)
    assert (again.pk, again.state) == (account.pk, "connected")
    (gmail_id,) = gmail.deliver()
    sync(again)
    assert told(ann) == [("message.added", gmail_id)]
