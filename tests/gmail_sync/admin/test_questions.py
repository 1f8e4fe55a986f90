"""What an operator confirms is what they were shown."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount
from tests.gmail_sync.admin.test_admin import act

pytestmark = pytest.mark.any_database


def test_rule_22_it_acts_on_no_mailbox_that_came_into_the_list_after_the_question(
    admin_client: Client, account: GmailAccount, bob: User
) -> None:
    everything = {"select_across": "1"}
    page = act(admin_client, "gmailaccount", "disconnect", account, **everything)
    named = page.split('name="named" value="')[1].split('"')[0]
    later = GmailAccount.objects.create(email="later@example.com", google_sub="later")
    later.users.add(bob)
    page = act(admin_client, "gmailaccount", "disconnect", account, **everything, named=named, confirmed="yes")
    assert "1 to be disconnected" in page
    assert (account.users.exists(), later.member_ids()) == (False, [bob.pk])
