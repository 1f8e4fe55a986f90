"""The operators' list of Gmail's watches."""

from django.contrib import admin
from django.utils.safestring import SafeString

from gmail_sync.admin import formats
from gmail_sync.admin.actions import RENEW, STOP, as_admin_action
from gmail_sync.admin.filters import ExpiryFilter, KeptFilter
from gmail_sync.models import GmailWatch
from realtime.live_admin import LiveAdmin


@admin.register(GmailWatch)
class GmailWatchAdmin(LiveAdmin):
    list_display = ["account", "how", "expires", "renewed", "renewal", "proof"]
    list_filter = ["state", ExpiryFilter, KeptFilter]
    search_fields = ["account__email"]
    list_select_related = ["account"]
    ordering = ["expires_at"]
    actions = [as_admin_action(action) for action in (RENEW, STOP)]
    groups = (
        ("The watch", ("id", "account", "topic", "state", "wanted", "last_error")),
        ("When", ("expires_at", "renewed_at", "renew_at", "probe_sent_at")),
    )
    renewed = formats.moment_column("last renewed", "renewed_at")
    renewal = formats.moment_column("next renewal", "renew_at")

    @admin.display(description="state, last error", ordering="state")
    def how(self, watch: GmailWatch) -> SafeString:
        return formats.with_error(formats.watch_state(watch), watch.last_error)

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, watch: GmailWatch) -> str:
        return formats.expiry(watch)

    @admin.display(description="its push", ordering="probe_sent_at")
    def proof(self, watch: GmailWatch) -> str:
        return formats.probe(watch)
