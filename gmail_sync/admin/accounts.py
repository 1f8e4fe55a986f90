"""The operators' list of mailboxes, and the page of each."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from gmail_sync.admin import formats
from gmail_sync.admin.actions import DISCONNECT, RENEW, RESYNC, RETRY_SKIPPED, STOP, SYNC_NOW, as_admin_action
from gmail_sync.admin.filters import AccountExpiryFilter, FailingFilter, HistoryFilter, WatchStateFilter
from gmail_sync.admin.members import MemberInline, remove
from gmail_sync.models import GmailAccount, SkippedMessage
from gmail_sync.quota import Spending
from realtime.live_admin import LiveAdmin


def _counted(rows: QuerySet[Any], way: str) -> Coalesce:
    """Count the rows of each mailbox in a subquery; a join would multiply them."""
    mine = rows.filter(**{way: OuterRef("pk")}).order_by().values(way).annotate(count=Count("pk"))
    return Coalesce(Subquery(mine.values("count"), output_field=IntegerField()), 0)


@admin.register(GmailAccount)
class GmailAccountAdmin(LiveAdmin):
    list_display = ["email", "how", "notices", "now", "failures", "lag", "pushed", "synced", "units", "skipped"]
    list_display += ["seen_by"]
    list_filter = ["state", ("watch__state", WatchStateFilter), AccountExpiryFilter, FailingFilter, HistoryFilter]
    list_select_related = ["watch"]
    search_fields = ["email"]
    exclude = ["credentials", "users"]
    inlines = [MemberInline]
    groups = (
        ("The mailbox", ("id", "email", "google_sub", "state", "failures", "last_error", "refused_since", "refusals")),
        (
            "When it is due",
            ("next_sync_at", "retry_at", "budget_at", "wakes", "unsettled_reads", "claim", "claim_expires_at"),
        ),
        ("What came last", ("last_push_at", "last_synced_at", "inbox_unread", "inbox_total")),
        ("How far it is read", ("history_id", "notified_history_id", "resync_requested", "resync_pin", "mirrored")),
        ("Without a history", ("history_away_since", "history_seen_id")),
        ("The first sync, and the consent", ("backfill_done", "backfill_total", "credentials_version", "can_act")),
    )
    actions = [as_admin_action(action) for action in (SYNC_NOW, RENEW, RETRY_SKIPPED, STOP, RESYNC, DISCONNECT)]
    pushed = formats.moment_column("last push", "last_push_at")
    synced = formats.moment_column("last sync", "last_synced_at")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(remove, self))
        way = "<int:account_id>/members/<int:user_id>/remove/"
        return [path(way, view, name="gmail_sync_gmailaccount_remove"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GmailAccount]:
        members = GmailAccount.users.through.objects.all()
        skipped = SkippedMessage.objects.filter(skipped=True)
        rows: QuerySet[GmailAccount] = super().get_queryset(request).defer("credentials")
        return rows.annotate(members=_counted(members, "gmailaccount_id"), given_up=_counted(skipped, "account_id"))

    @admin.display(description="state, last error", ordering="state")
    def how(self, account: GmailAccount) -> SafeString:
        return formats.with_error(formats.account_state(account), account.last_error)

    @admin.display(description="watch", ordering="watch__expires_at")
    def notices(self, account: GmailAccount) -> SafeString:
        return formats.watch_state(getattr(account, "watch", None))

    @admin.display(description="users", ordering="members")
    def seen_by(self, account: Any) -> int:
        return int(account.members)

    @admin.display(description="lag")
    def lag(self, account: GmailAccount) -> str:
        return formats.behind(account)

    @admin.display(description="units/h")
    def units(self, account: GmailAccount) -> str:
        """Gmail's quota units, spent on it in the last hour."""
        return f"{Spending.of(account.quota_spent).in_an_hour(timezone.now()):,.0f}"

    @admin.display(description="skipped", ordering="given_up")
    def skipped(self, account: Any) -> int:
        return int(account.given_up)

    @admin.display(description="now", ordering="next_sync_at")
    def now(self, account: GmailAccount) -> str:
        return formats.at_work(account)
