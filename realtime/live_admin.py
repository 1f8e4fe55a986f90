"""Lists for operators that keep themselves up to date (docs/adr/0013-lists-that-refresh.md)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from realtime.events import event_types
from realtime.log import reading


def is_refresh(request: HttpRequest) -> bool:
    """Tell whether live-page.js asks for the changing part of a page alone."""
    return request.headers.get("X-Refresh") == "1"


def stream_position(request: HttpRequest) -> dict[str, str]:
    """Return the operator's cursor and the types to listen for: an event of their own refreshes the page at once."""
    if not request.user.pk:
        return {}
    return {"cursor": str(reading.head(request.user.pk)), "event_types": " ".join(event_types())}


class LiveAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Rows that the program alone adds, changes and deletes; actions ask it to."""

    change_list_template = "admin/live_list.html"
    list_per_page = 100
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of a row's page: what belongs together, worst first
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        shown = [field.name for field in self.model._meta.get_fields() if field.concrete and field.editable]
        return [name for name in shown if name not in (self.exclude or ())]

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> Any:
        """Return the groups, and after them the fields that are in none."""
        shown = self.get_readonly_fields(request, obj)
        found: list[Any] = [
            (title, {"fields": [name for name in names if name in shown]}) for title, names in self.groups
        ]
        rest = [name for name in shown if not any(name in names for _, names in self.groups)]
        return [*found, ("Other" if found else None, {"fields": rest})] if rest else found

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Save nothing: every field is read only."""
        context |= {"show_save": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Answer with the list; a refresh gets its rows alone. A POST is an action, which needs the right to change."""
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        if is_refresh(request):
            answer = super().changelist_view(request)
            if isinstance(answer, TemplateResponse):
                answer.template_name = "admin/live_rows.html"
            return answer
        title = {"title": capfirst(self.opts.verbose_name_plural)}  # and not "Select ... to change"
        return super().changelist_view(request, title | stream_position(request) | (extra_context or {}))
