"""A refused message is made up for by its retry, whatever was read of it meanwhile (RULES R19)."""

from unittest import mock

import pytest
from django.contrib.auth.models import User

from gmail_sync.models import GmailAccount, SkippedMessage
from gmail_sync.sync import mirror
from tests.gmail_sync.sync.refusals import entry, hours_pass, refuse
from tests.support.google.harness import Mailbox, mirrored, sync, told


@pytest.mark.parametrize("forgotten", [True, False], ids=["refused in a resync", "not written"])
def test_rule_19_a_change_that_was_missed_is_made_up_for_though_a_later_one_was_not(
    gmail: Mailbox, account: GmailAccount, ann: User, forgotten: bool
) -> None:
    broken = next(iter(mirrored(account)))
    gmail.modify(broken, remove=["UNREAD"])
    if forgotten:
        gmail.account("expire_history")
        refuse(gmail, broken, status=400)
        sync(account)
    else:
        with mock.patch.object(mirror, "relabel", side_effect=ValueError):
            sync(account)
    assert entry(broken).skipped is False
    gmail.modify(broken, add=["STARRED"])
    sync(account)
    gmail.mend()
    hours_pass()
    sync(account)
    assert sorted(mirrored(account)[broken]) == ["INBOX", "STARRED"]
    assert told(ann)[-1] == ("message.changed", broken)
    assert not SkippedMessage.objects.exists()


def test_rule_19_a_message_that_is_gone_when_it_is_asked_for_again_leaves_the_mirror(
    gmail: Mailbox, account: GmailAccount, ann: User
) -> None:
    broken = next(iter(mirrored(account)))
    refuse(gmail, broken, status=500)
    gmail.act(broken, "delete")
    gmail.account("expire_history")
    sync(account)
    assert broken in mirrored(account)
    gmail.mend()
    hours_pass()
    sync(account)
    assert told(ann)[-1] == ("message.deleted", broken)
    assert broken not in mirrored(account)
    assert not SkippedMessage.objects.exists()


def test_rule_19_a_refused_mail_that_was_archived_since_is_mirrored_though_its_records_show_no_arrival(
    gmail: Mailbox, account: GmailAccount
) -> None:
    _, broken = gmail.deliver(2)
    refuse(gmail, broken, status=500)
    sync(account)
    gmail.mend()
    gmail.modify(broken, remove=["INBOX"])
    gmail.modify(broken, add=["INBOX"])
    gmail.modify(broken, remove=["INBOX"])
    sync(account)
    hours_pass()
    sync(account)
    assert "INBOX" not in mirrored(account)[broken]
    assert not SkippedMessage.objects.exists()
