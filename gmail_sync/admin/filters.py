"""The filters of the operators' lists."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from gmail_sync import status

CHOICES = (("lapsed", "Lapsed"), ("day", "Within a day"), ("later", "Later"), ("none", "No watch"))
YES_NO = (("yes", "Yes"), ("no", "No"))


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


class FailingFilter(admin.SimpleListFilter):
    """Filter mailboxes that failed as often in a row as health and the dashboard call failing."""

    title = "failing"
    parameter_name = "failing"

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return YES_NO

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return _chosen(queryset, self.value(), status.failing())


class HistoryFilter(admin.SimpleListFilter):
    """Filter mailboxes whose history Gmail does not give (without_history.py)."""

    title = "history"
    parameter_name = "history"

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return (("away", "Away"),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(history_away_since=None) if self.value() == "away" else queryset


class KeptFilter(admin.SimpleListFilter):
    """Filter watches that are to be kept: neither stopped nor without a consent."""

    title = "to be kept"
    parameter_name = "kept"

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return YES_NO

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return _chosen(queryset, self.value(), status.watched())


def _chosen(rows: QuerySet[Any], answer: str | None, which: QuerySet[Any]) -> QuerySet[Any]:
    among = Q(pk__in=which.order_by().values("pk"))
    return rows.filter(among) if answer == "yes" else rows.exclude(among) if answer == "no" else rows
