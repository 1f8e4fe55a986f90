"""What operators look for in the lists."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

CHOICES = (("lapsed", "Lapsed"), ("day", "Within a day"), ("later", "Later"), ("none", "No watch"))


def lapses(when: str, prefix: str = "") -> Q:
    """The condition behind a choice of the expiry filter; `prefix` is the way to the watch."""
    field = f"{prefix}expires_at"
    conditions = {
        "lapsed": Q(**{f"{field}__lte": Now(), f"{prefix}wanted": True}),
        "day": Q(**{f"{field}__gt": Now(), f"{field}__lte": Now() + timedelta(days=1)}),
        "later": Q(**{f"{field}__gt": Now() + timedelta(days=1)}),
        "none": Q(**{f"{field}": None}),
    }
    return conditions[when]


class ExpiryFilter(admin.SimpleListFilter):
    """By when the watch lapses."""

    title = "watch expires"
    parameter_name = "expiry"
    prefix = ""

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return CHOICES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(lapses(value, self.prefix)) if value in dict(CHOICES) else queryset


class AccountExpiryFilter(ExpiryFilter):
    """The same for a list of mailboxes."""

    prefix = "watch__"


class WatchStateFilter(admin.ChoicesFieldListFilter):
    """By the state of a mailbox's watch."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "watch"  # the field's own name is "state", as the mailbox's


class FailingFilter(admin.SimpleListFilter):
    """Whose last attempt failed."""

    title = "failing"
    parameter_name = "failing"

    def lookups(self, request: HttpRequest, model_admin: object) -> tuple[tuple[str, str], ...]:
        return (("yes", "Yes"), ("no", "No"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(failures__gt=0) if self.value() == "yes" else queryset.filter(failures=0)
