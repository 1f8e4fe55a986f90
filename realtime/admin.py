"""The event log, to look at: only the sync writes it."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest

from realtime.models import EventStream, StoredEvent


class LogAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Nobody adds, changes or deletes here: a hole in the numbers would be a lost event."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Only together with the user: Django asks this for all that goes with him."""
        page = request.resolver_match.url_name if request.resolver_match else None
        return (page or "").startswith(f"{get_user_model()._meta.label_lower.replace('.', '_')}_")


@admin.register(StoredEvent)
class StoredEventAdmin(LogAdmin):
    list_display = ["user", "seq", "type", "created_at"]
    list_filter = ["type"]
    search_fields = ["user__username"]
    list_select_related = ["user"]
    show_full_result_count = False


@admin.register(EventStream)
class EventStreamAdmin(LogAdmin):
    list_display = ["user", "epoch", "last_seq", "floor_seq"]
    list_select_related = ["user"]
