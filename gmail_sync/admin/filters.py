"""The filters of the operators' lists."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from gmail_sync import status

CHOICES = (("lapsed", "Lapsed"), ("day", "Within a day"), ("later", "Later"), ("none", "No watch"))


def lapses(when: str, prefix: str = "") -> Q:
    """Return the condition of a choice of the expiry filter; `prefix` is the lookup of the watch."""
    field = f"{prefix}expires_at"
    conditions = {
        "lapsed": Q(**{f"{field}__lte": Now(), f"{prefix}wanted": True}),
        "day": Q(**{f"{field}__gt": Now(), f"{field}__lte": Now() + timedelta(days=1)}),
        "later": Q(**{f"{field}__gt": Now() + timedelta(days=1)}),
        "none": Q(**{f"{field}": None}),
    }
    return conditions[when]


class ExpiryFilter(admin.SimpleListFilter):
    """Filter watches by the time until they lapse."""

    title = "watch expires"
    parameter_name = "expiry"
    prefix = ""

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return CHOICES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(lapses(value, self.prefix)) if value in dict(CHOICES) else queryset


class AccountExpiryFilter(ExpiryFilter):
    """Filter mailboxes by the time until their watches lapse."""

    prefix = "watch__"


class WatchStateFilter(admin.ChoicesFieldListFilter):
    """Filter mailboxes by the state of their watches."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "watch"  # the field's own name is "state", as the mailbox's


class AmongFilter(admin.SimpleListFilter):
    """Filter rows by whether they are among those that `which` finds."""

    which: Callable[[], QuerySet[Any]]

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return (("yes", "Yes"), ("no", "No"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        among, answer = Q(pk__in=self.which().order_by().values("pk")), self.value()
        return queryset.filter(among) if answer == "yes" else queryset.exclude(among) if answer == "no" else queryset


class FailingFilter(AmongFilter):
    """Filter mailboxes that failed as often in a row as health and the dashboard call failing."""

    title = parameter_name = "failing"
    which = staticmethod(status.failing)


class KeptFilter(AmongFilter):
    """Filter watches that are to be kept: neither stopped nor without a consent."""

    title, parameter_name = "to be kept", "kept"
    which = staticmethod(status.watched)


class HistoryFilter(admin.SimpleListFilter):
    """Filter mailboxes whose history Gmail does not give (without_history.py)."""

    title = parameter_name = "history"

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return (("away", "Away"),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(history_away_since=None) if self.value() == "away" else queryset
