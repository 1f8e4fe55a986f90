"""Each command: what it does, its closing line, and exit 1 with one line on failure."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from gmail_sync.management import accounts
from gmail_sync.models import GmailAccount, GmailWatch
from tests.simulator.harness import Simulator
from tests.support.environment import NOBODY, TOPIC
from tests.support.google.harness import Mailbox, claim, sync, told, types

pytestmark = pytest.mark.any_database

COMMANDS = ["renew_watches", "stop_watches", "sync_accounts", "sync_worker", "connect_demo"]
OF_MAILBOXES = COMMANDS[:3]


def run(command: str, *arguments: str) -> str:
    """Return what the command said; CommandError is what makes manage.py exit with 1 and one line."""
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def failure(command: str, *arguments: str) -> str:
    with pytest.raises(CommandError) as raised:
        run(command, *arguments)
    assert "\n" not in str(raised.value)
    assert raised.value.returncode == 1
    return str(raised.value)


@pytest.mark.parametrize("command", COMMANDS)
def test_it_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--help")
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("renew_watches", "0 mailboxes renewed."),
        ("stop_watches", "0 mailboxes stopped."),
        ("sync_accounts", "0 mailboxes synced."),
    ],
)
def test_it_says_that_there_was_nothing_to_do(transactional_db: None, command: str, line: str) -> None:
    assert run(command) == f"{line}\n"


@pytest.mark.parametrize("command", OF_MAILBOXES)
def test_it_knows_only_connected_mailboxes(transactional_db: None, command: str) -> None:
    assert failure(command, "--account", "nobody@x.example") == "nobody@x.example is not a connected mailbox."


@pytest.mark.parametrize("command", OF_MAILBOXES)
def test_it_says_whose_consent_is_missing(account: GmailAccount, command: str) -> None:
    GmailAccount.objects.update(state="reauth_required")
    assert "needs consent again" in failure(command, "--account", account.email)
    assert run(command).startswith("0 mailboxes")


@pytest.mark.parametrize("command", OF_MAILBOXES)
def test_it_says_which_mailbox_failed_and_why(gmail: Mailbox, account: GmailAccount, command: str) -> None:
    GmailWatch.objects.update(renew_at=None)
    gmail.fault("gmail", status=503, times=None)
    said = failure(command)
    assert said.startswith(f"1 of 1 mailboxes failed: {account.email} (")
    assert "503" in said


@pytest.mark.parametrize("command", OF_MAILBOXES)
def test_it_does_not_wait_for_ever_for_a_busy_mailbox(
    account: GmailAccount, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "WAIT_SECONDS", 0)
    GmailWatch.objects.update(renew_at=None)
    claim(account)
    assert "a worker keeps it busy" in failure(command)


def test_sync_accounts_brings_the_mailboxes_up_to_date(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver()
    assert run("sync_accounts") == "1 mailbox synced.\n"
    assert told(ann) == [("message.added", gmail_id)]


def test_sync_accounts_compares_everything_on_request(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    gmail_id = account.messages.all()[0].gmail_id
    account.messages.filter(gmail_id=gmail_id).update(label_ids=["STARRED"], history_id=1)
    assert run("sync_accounts", "--account", account.email.upper(), "--full") == "1 mailbox synced.\n"
    assert account.messages.get(gmail_id=gmail_id).label_ids == ["INBOX", "UNREAD"]
    assert types(ann) == ["message.changed", "mailbox.resynced"]


def test_renew_watches_renews_what_is_due(gmail: Mailbox, account: GmailAccount) -> None:
    assert run("renew_watches") == "0 mailboxes renewed.\n"
    GmailWatch.objects.update(renew_at=timezone.now() - timedelta(seconds=1))
    gmail.account("expire_watch")
    assert run("renew_watches") == "1 mailbox renewed.\n"
    assert gmail.watched() == TOPIC


@pytest.mark.parametrize("by_name", [True, False])
def test_renew_watches_renews_on_request(gmail: Mailbox, account: GmailAccount, by_name: bool) -> None:
    gmail.account("expire_watch")
    assert run("renew_watches", *(["--account", account.email] if by_name else ["--all"])) == "1 mailbox renewed.\n"
    assert gmail.watched() == TOPIC


def test_renew_watches_keeps_the_cursor(gmail: Mailbox, account: GmailAccount, ann: User) -> None:
    (gmail_id,) = gmail.deliver()
    run("renew_watches", "--all")
    cursor = account.history_id
    account.refresh_from_db()
    assert account.history_id == cursor
    sync(account)
    assert told(ann) == [("message.added", gmail_id)]


def test_renew_watches_needs_a_topic(account: GmailAccount, settings: Any) -> None:
    settings.GMAIL_PUBSUB_TOPIC = ""
    assert "GMAIL_PUBSUB_TOPIC is not set" in failure("renew_watches")


def test_stop_watches_stops_until_a_watch_is_renewed_by_name(gmail: Mailbox, account: GmailAccount) -> None:
    assert run("stop_watches") == "1 mailbox stopped.\n"
    assert (gmail.watched(), GmailWatch.objects.get().state) == (None, "none")
    assert run("renew_watches", "--all") == "0 mailboxes renewed.\n"
    sync(account)
    assert gmail.watched() is None
    assert run("renew_watches", "--account", account.email) == "1 mailbox renewed.\n"
    assert (gmail.watched(), GmailWatch.objects.get().wanted) == (TOPIC, True)


def test_connect_demo_makes_a_user_who_sees_the_mailbox(gmail: Mailbox, transactional_db: None) -> None:
    assert run("connect_demo", "--email", gmail.email) == f"demo sees {gmail.email}.\n"
    demo = User.objects.get(username="demo")
    assert demo.check_password("demo")
    assert [account.email for account in GmailAccount.objects.filter(users=demo)] == [gmail.email]
    assert run("connect_demo", "--email", gmail.email) == f"demo already sees {gmail.email}.\n"


def test_connect_demo_connects_again_what_lost_its_consent(gmail: Mailbox, transactional_db: None) -> None:
    run("connect_demo", "--email", gmail.email)
    GmailAccount.objects.update(state="reauth_required")
    run("connect_demo", "--email", gmail.email)
    assert GmailAccount.objects.get().state == "syncing"


def test_connect_demo_says_what_failed(google: Simulator, transactional_db: None) -> None:
    assert "gave no consent" in failure("connect_demo", "--email", "nobody@gmail.example")


def test_connect_demo_says_that_the_consent_was_worth_nothing(gmail: Mailbox, transactional_db: None) -> None:
    gmail.fault("getProfile", status=500)
    assert "gave no consent" in failure("connect_demo", "--email", gmail.email)


def test_connect_demo_says_that_nobody_answers(transactional_db: None, settings: Any) -> None:
    settings.GOOGLE_AUTH_URL = NOBODY
    assert "gave no consent" in failure("connect_demo")


def test_connect_demo_stays_away_from_google(transactional_db: None, settings: Any) -> None:
    settings.GOOGLE_AUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
    assert "not a simulator" in failure("connect_demo")
    assert not User.objects.exists()


def test_connect_demo_ends_a_demo_whose_password_everybody_knows(gmail: Mailbox, transactional_db: None) -> None:
    run("connect_demo", "--email", gmail.email)
    assert run("connect_demo", "--email", gmail.email, "--end") == "demo cannot sign in any more.\n"
    assert not User.objects.get(username="demo").is_active
    assert run("connect_demo", "--email", "nobody@gmail.example", "--end") == "There is no demo to end.\n"


def test_renew_watches_leaves_the_mailbox_alone_when_gmail_refuses(gmail: Mailbox, account: GmailAccount) -> None:
    gmail.fault("watch", status=403, reason="forbidden")
    assert account.email in failure("renew_watches", "--account", account.email)
    account.refresh_from_db()
    assert (account.failures, account.retry_at, account.watch.state) == (0, None, "failed")
