"""The operators' actions on mailboxes. Each sets due times and wakes the workers; none calls Google itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from gmail_sync.consent import membership
from gmail_sync.models import GmailAccount, GmailWatch, Message, SkippedMessage
from gmail_sync.querysets import GmailAccountQuerySet
from gmail_sync.schedule import wake_workers
from gmail_sync.states import AccountState

REPEATED = ("action", "select_across", "_selected_action")  # fields of the list that the confirmation sends again


Page: TypeAlias = "ModelAdmin[GmailAccount] | ModelAdmin[GmailWatch]"
Chosen = QuerySet[GmailAccount] | QuerySet[GmailWatch]


@dataclass(frozen=True)
class Action:
    """An action on mailboxes. `outcome` completes "3 to be ..."; one with `costs` shows them and asks first."""

    name: str
    title: str
    outcome: str
    carry_out: Callable[[GmailAccountQuerySet], object]
    costs: Callable[[GmailAccountQuerySet], list[str]] | None = None


def count(number: int, one: str, many: str = "") -> str:
    """Return `1 mailbox`, `3 mailboxes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _renew(accounts: GmailAccountQuerySet) -> None:
    GmailWatch.objects.filter(account__in=accounts).update(wanted=True, renew_at=None)
    accounts.ask_sync()


def _stop(accounts: GmailAccountQuerySet) -> None:
    for account in accounts.filter(watch=None):  # a worker would make the first one
        GmailWatch.objects.get_or_create(account=account)
    GmailWatch.objects.filter(account__in=accounts).update(wanted=False)
    accounts.ask_sync()


def _retry_skipped(accounts: GmailAccountQuerySet) -> None:
    retry(SkippedMessage.objects.filter(account__in=accounts))


def retry(entries: QuerySet[SkippedMessage]) -> int:
    """Have these messages tried three times more. Returns their number."""
    accounts = list(entries.values_list("account_id", flat=True).distinct())
    asked = entries.update(skipped=False, attempts=0, retry_at=None)
    GmailAccount.objects.filter(pk__in=accounts).ask_sync()
    return asked


def _disconnect(accounts: GmailAccountQuerySet) -> None:
    for account in accounts:
        for user_id in account.member_ids():
            membership.leave(user_id, account.pk)


def _stopping_costs(accounts: GmailAccountQuerySet) -> list[str]:
    seconds = f"{settings.SYNC_POLL_SILENT_SECONDS:g} s"
    watches = GmailWatch.objects.filter(account__in=accounts).exclude(expires_at=None).count()
    return [
        f"{count(watches, 'watch', 'watches')} at Google.",
        f"New mail is then found by asking every {seconds}, until the watch is renewed. No mail is lost.",
    ]


def _resync_costs(accounts: GmailAccountQuerySet) -> list[str]:
    mirrored = Message.objects.filter(account__in=accounts).count()
    return [
        f"{count(mirrored, 'mirrored message')} compared with Gmail, at 20 units of its quota each, and the newest "
        f"{settings.MIRROR_LIMIT} of each inbox; a mailbox may spend 6,000 a minute.",
        "What differs is corrected and told to open pages, which read their list again. No mail is lost.",
    ]


def _disconnecting_costs(accounts: GmailAccountQuerySet) -> list[str]:
    members = GmailAccount.users.through.objects.filter(gmailaccount__in=accounts)
    users = members.values("user_id").distinct().count()
    mirrored = Message.objects.filter(account__in=accounts).count()
    skipped = SkippedMessage.objects.filter(account__in=accounts).count()
    return [
        f"{count(users, 'user')} no longer see these mailboxes, at once; all that was stored for them to catch up on "
        "is deleted, and their open pages read their state again.",
        f"{count(mirrored, 'mirrored message')}, {count(skipped, 'entry', 'entries')} about skipped messages, the "
        "watches and the credentials are deleted.",
        "Google's consent is revoked: only the users can connect them again. Nothing changes in Gmail.",
    ]


SYNC_NOW = Action("sync_now", "Sync now", "synced", GmailAccountQuerySet.ask_sync)
RENEW = Action("renew", "Renew the watch", "renewed", _renew)
RETRY_SKIPPED = Action("retry_skipped", "Try skipped messages again", "tried again", _retry_skipped)
STOP = Action("stop", "Stop the watch", "stopped", _stop, _stopping_costs)
RESYNC = Action("resync", "Compare all with Gmail (resync)", "resynced", GmailAccountQuerySet.ask_resync, _resync_costs)
DISCONNECT = Action("disconnect", "Disconnect", "disconnected", _disconnect, _disconnecting_costs)


def as_admin_action(action: Action) -> Callable[[Page, HttpRequest, Chosen], TemplateResponse | None]:
    """Return the action as Django's lists of accounts and of watches offer it."""

    @admin.action(description=action.title, permissions=["change"])
    def run(page: Page, request: HttpRequest, chosen: Chosen) -> TemplateResponse | None:
        column = "account_id" if chosen.model is GmailWatch else "pk"
        accounts = GmailAccount.objects.filter(pk__in=list(chosen.values_list(column, flat=True)))
        return _run(page, request, accounts, action)

    run.__name__ = action.name
    return run


def _named(accounts: GmailAccountQuerySet, question: str) -> GmailAccountQuerySet:
    """Return those that the question named: all of a list may be others by now (RULES R22)."""
    named = set(question.split(","))
    return accounts.filter(pk__in=[pk for pk in accounts.values_list("pk", flat=True) if str(pk) in named])


def _run(page: Page, request: HttpRequest, accounts: GmailAccountQuerySet, action: Action) -> TemplateResponse | None:
    """Ask for confirmation where the action has costs, then carry it out and say so."""
    if "named" in request.POST:
        accounts = _named(accounts, request.POST["named"])
    if action.costs is not None and "confirmed" not in request.POST:
        context = {
            **page.admin_site.each_context(request),
            "opts": page.opts,
            "title": action.title,
            "question": f"{action.title}: {count(len(accounts), 'mailbox', 'mailboxes')}",
            "costs": action.costs(accounts),
            "mailboxes": accounts,
            "named": ",".join(str(account.pk) for account in accounts),
            "fields": [(name, value) for name in REPEATED for value in request.POST.getlist(name)],
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)
    consent = accounts.filter(state=AccountState.REAUTH_REQUIRED).count()
    asked = len(accounts)
    LogEntry.objects.log_actions(request.user.pk or 0, accounts, CHANGE, action.title)
    action.carry_out(accounts)
    wake_workers()
    page.message_user(request, f"{asked} to be {action.outcome}; this list shows the outcome.")
    if consent and action is not DISCONNECT:
        words = f"{count(consent, 'of them waits', 'of them wait')} for the user's consent: nothing happens before."
        page.message_user(request, words, messages.WARNING)
    return None
