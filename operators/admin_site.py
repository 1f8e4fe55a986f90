"""The admin's site. A list that is registered with it, ours or a library's, takes only the lookups that it offers."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse


def may_view(user: User | AnonymousUser, model: str) -> bool:
    """Tell whether the user may view these rows of `gmail_sync`; as in Django, the right to change them is enough."""
    return user.has_perm(f"gmail_sync.view_{model}") or user.has_perm(f"gmail_sync.change_{model}")


def may_see_dashboard(user: User | AnonymousUser) -> bool:
    """Tell whether the user may view mailboxes, which the dashboard counts."""
    return may_view(user, "gmailaccount")


def refuse_nul(request: HttpRequest) -> None:
    """Raise SuspiciousOperation (400) for a request with a NUL: no row holds one, and PostgreSQL fails at it."""
    sent = [value for query in (request.GET, request.POST) for _, values in query.lists() for value in values]
    if any("\0" in value for value in sent):
        raise SuspiciousOperation("No row holds a NUL.")


class OperatorsSite(admin.AdminSite):
    """Makes every list that is registered a guarded one."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        page = admin_class or admin.ModelAdmin
        guarded = type(page.__name__, (GuardedLists, page), {"__module__": page.__module__, "__doc__": page.__doc__})
        super().register(model_or_iterable, guarded, **options)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Find rows by what is typed into a form's field."""
        refuse_nul(request)
        return super().autocomplete_view(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return Django's list; link the dashboard, an app's own page, only for those who may see it."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "realtime" and not may_see_dashboard(request.user):
                app["app_url"] = app["models"][0]["admin_url"]
        return apps


class GuardedLists:
    """Django takes any lookup on a model's own fields: somebody who may view a list could guess what it leaves out.

    It also asks the database for whatever was sent.
    """

    model: type[Model]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list, or act on its rows. Raises SuspiciousOperation (400) for what no row can be called or hold."""
        refuse_nul(request)
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.model._meta.pk.clean(chosen, None)
        except ValidationError:
            raise SuspiciousOperation("No row is called so.") from None
        shown: HttpResponse = super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]  # as below
        return shown

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        usual = super().get_changelist(request, **kwargs)  # type: ignore[misc]  # it stands before a ModelAdmin
        return type("GuardedList", (_GuardedList, usual), {})


class _GuardedList(ChangeList):
    def get_filters(self, request: HttpRequest) -> Any:
        """Return Django's filters. Raises DisallowedModelAdminLookup (400) for a lookup that none of them took."""
        found = super().get_filters(request)
        dates = self.date_hierarchy if f"{self.date_hierarchy}__year" in self.filter_params else None
        foreign = set(found[2]) - ({f"{dates}__gte", f"{dates}__lt"} if dates else set())
        if foreign:
            raise DisallowedModelAdminLookup("This list is not filtered by that.")
        return found
