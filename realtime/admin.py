"""The log and the open streams, to look at. The events' payloads are their users' own and are not shown."""

from datetime import timedelta
from threading import Thread
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from realtime.events import event_types
from realtime.live_admin import LiveAdmin
from realtime.models import EventStream, OpenStreams, Rollout, StoredEvent
from realtime.process_minutes import SILENT_MINUTES
from realtime.transport.supabase import rollout


class LogAdmin(LiveAdmin):
    """Nobody adds, changes or deletes here: a hole in the numbers would be a lost event."""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow it only together with the user: Django asks this for all rows that go with them."""
        page = request.resolver_match.url_name if request.resolver_match else None
        return (page or "").startswith(f"{get_user_model()._meta.label_lower.replace('.', '_')}_")


class TypeFilter(admin.SimpleListFilter):
    """By the known types: looking for those in the log would read all of it."""

    title = parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, name) for name in event_types()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StoredEvent]) -> QuerySet[StoredEvent]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(StoredEvent)
class StoredEventAdmin(LogAdmin):
    list_display = ["user", "seq", "type", "created_at"]
    list_filter = [TypeFilter]
    search_fields = ["user__username"]
    list_select_related = ["user"]
    exclude = ["payload"]
    ordering = ["-created_at", "-seq"]


@admin.register(EventStream)
class EventStreamAdmin(LogAdmin):
    list_display = ["user", "epoch", "last_seq", "floor_seq"]
    search_fields = ["user__username"]
    list_select_related = ["user"]
    exclude = ["relay_secret"]


@admin.register(Rollout)
class RolloutAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """The one row; a change is in force at its commit, and pages are told."""

    list_display = ["stage", "percent", "chosen"]
    fields = ["stage", "percent", "users", "groups"]
    autocomplete_fields = ["users", "groups"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Rollout.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description="chosen users")
    def chosen(self, rollout_: Rollout) -> str:
        return "{:,} of {:,}".format(*rollout.count())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save who is chosen, and let go of who no longer is. Django has a transaction open around all of it."""
        super().save_related(request, form, formsets, change)
        topics = rollout.settle(before=form.initial.get("stage", Rollout.Stage.OFF))
        if topics:
            transaction.on_commit(Thread(target=rollout.say_bye, args=(topics,), daemon=True).start)


@admin.register(OpenStreams)
class OpenStreamsAdmin(LogAdmin):
    list_display = ["user", "process", "streams", "seen_at"]
    search_fields = ["user__username", "process"]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OpenStreams]:
        return super().get_queryset(request).filter(seen_at__gt=Now() - timedelta(minutes=SILENT_MINUTES))
