"""Managing mailboxes and watches. Actions only set due times: no call to Google is made in a request."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from gmail_sync.models import GmailAccount, GmailWatch, SkippedMessage
from gmail_sync.querysets import GmailAccountQuerySet
from gmail_sync.wakes import wake_workers


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Rows that only the sync writes."""

    actions_on_bottom = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return [field.name for field in self.model._meta.get_fields() if field.concrete and field.editable]


@admin.register(GmailAccount)
class GmailAccountAdmin(ReadOnlyAdmin):
    list_display = [
        "email",
        "state",
        "last_push_at",
        "last_synced_at",
        "next_sync_at",
        "failures",
        "last_error",
    ]
    list_filter = ["state"]
    search_fields = ["email"]
    exclude = ["credentials"]
    actions = ["sync_now"]

    @admin.action(description="Sync now", permissions=["change"])
    def sync_now(self, request: HttpRequest, queryset: GmailAccountQuerySet) -> None:
        asked = queryset.ask_sync()
        wake_workers()
        self.message_user(request, f"{asked} to be synced; this list shows the outcome.")


@admin.register(GmailWatch)
class GmailWatchAdmin(ReadOnlyAdmin):
    list_display = ["account", "state", "wanted", "expires_at", "renewed_at", "renew_at", "last_error"]
    list_filter = ["state", "wanted"]
    search_fields = ["account__email"]
    list_select_related = ["account"]
    actions = ["renew", "stop"]

    @admin.action(description="Renew", permissions=["change"])
    def renew(self, request: HttpRequest, queryset: QuerySet[GmailWatch]) -> None:
        self._ask(request, queryset, "renewed", wanted=True, renew_at=None)

    @admin.action(description="Stop", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[GmailWatch]) -> None:
        self._ask(request, queryset, "stopped", wanted=False)

    def _ask(self, request: HttpRequest, queryset: QuerySet[GmailWatch], outcome: str, **values: object) -> None:
        asked = queryset.update(**values)
        GmailAccount.objects.filter(watch__in=queryset.model.objects.filter(pk__in=queryset)).ask_sync()
        wake_workers()
        self.message_user(request, f"{asked} to be {outcome}; this list shows the outcome.")


@admin.register(SkippedMessage)
class SkippedMessageAdmin(ReadOnlyAdmin):
    list_display = ["account", "gmail_id", "attempts", "skipped", "reason", "updated_at"]
    list_filter = ["skipped"]
    list_select_related = ["account"]
    actions = ["retry"]

    @admin.action(description="Try again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[SkippedMessage]) -> None:
        accounts = list(queryset.values_list("account_id", flat=True))
        asked = queryset.update(skipped=False, attempts=0)
        GmailAccount.objects.filter(pk__in=accounts).ask_sync()
        wake_workers()
        self.message_user(request, f"{asked} to be tried again.")
