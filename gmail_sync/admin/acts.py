"""The operators' list of what members did with mail: how it stands, who asked and when, and why it came to nothing."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from gmail_sync.admin import formats
from gmail_sync.models import LabelAction
from gmail_sync.states import ActionState
from realtime.live_admin import LiveAdmin

TONES = {ActionState.DONE: "good", ActionState.PARTLY: "warn", ActionState.REFUSED: "bad", ActionState.EXPIRED: "bad"}


@admin.register(LabelAction)
class LabelActionAdmin(LiveAdmin):
    list_display = ["account", "how", "user", "what", "messages", "asked", "sent", "settled"]
    list_filter = ["state", "reason"]
    search_fields = ["account__email", "=op"]
    list_select_related = ["account", "user"]
    ordering = ["-pk"]
    groups = (
        ("The act", ("id", "op", "account", "user", "state", "reason")),
        ("When", ("created_at", "sent_at", "settled_at")),
        ("The labels", ("add", "remove", "message_ids", "failed", "changes")),
    )
    asked = formats.moment_column("asked", "created_at")
    sent = formats.moment_column("sent", "sent_at")
    settled = formats.moment_column("settled", "settled_at")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Acts are their users': operators only look."""
        return False

    @admin.display(description="state, reason", ordering="state")
    def how(self, action: LabelAction) -> SafeString:
        state = ActionState(action.state)
        return formats.with_error(formats.badge(TONES.get(state, "calm"), state.label), action.reason)

    @admin.display(description="labels")
    def what(self, action: LabelAction) -> str:
        """Return `+TRASH -INBOX`, or whose opposite it is."""
        if action.undoes_id is not None:
            return f"takes {action.undoes_id} back"
        return " ".join([*(f"+{name}" for name in action.add), *(f"-{name}" for name in action.remove)])

    @admin.display(description="messages")
    def messages(self, action: LabelAction) -> str:
        failed = f", {len(action.failed)} failed" if action.failed else ""
        return f"{len(action.message_ids)}{failed}"
