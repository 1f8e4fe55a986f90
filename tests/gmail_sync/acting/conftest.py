"""Gives a mailbox that can be acted on, and its member's browser."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gmail_sync.models import GmailAccount
from tests.gmail_sync.acting.page import ActingPage
from tests.support.google.harness import Mailbox, forget_events, sync


@pytest.fixture
def acting(gmail: Mailbox, ann: User) -> GmailAccount:
    """Ann's mailbox, with three unread mails and her consent to acts; no event is stored."""
    account = gmail.connect(ann, act=True)
    sync(account)
    forget_events()
    return account


@pytest.fixture
def page(acting: GmailAccount, ann: User) -> ActingPage:
    return ActingPage(ann, acting, Client())
