"""The operators' list of messages that could not be fetched or stored."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from gmail_sync.admin import actions, formats
from gmail_sync.models import SkippedMessage
from gmail_sync.schedule import wake_workers
from realtime.live_admin import LiveAdmin


@admin.register(SkippedMessage)
class SkippedMessageAdmin(LiveAdmin):
    list_display = ["account", "how", "gmail_id", "attempts", "tried", "next_try"]
    list_filter = ["skipped", "kind"]
    search_fields = ["account__email", "gmail_id"]
    list_select_related = ["account"]
    ordering = ["-updated_at"]
    actions = ["retry"]
    groups = (
        ("The message", ("id", "account", "gmail_id", "history_id")),
        ("What was tried", ("skipped", "kind", "reason", "attempts", "retry_at")),
    )
    tried = formats.moment_column("last tried", "updated_at")

    @admin.display(description="state, reason", ordering="skipped")
    def how(self, entry: SkippedMessage) -> str:
        state = formats.badge("bad", "given up") if entry.skipped else formats.badge("warn", "to be tried")
        return formats.with_error(state, entry.reason)

    @admin.display(description="next try", ordering="retry_at")
    def next_try(self, entry: SkippedMessage) -> str:
        """Return when it is tried next; an empty `retry_at` means at each read."""
        if entry.skipped:
            return "-"
        return "with the next read" if entry.retry_at is None else formats.moment(entry.retry_at)

    @admin.action(description="Try again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[SkippedMessage]) -> None:
        asked = actions.retry(SkippedMessage.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))))
        wake_workers()
        self.message_user(request, f"{asked} to be tried again; this list shows the outcome.")
