"""Gmail's watches."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from gmail_sync.admin import orders, words
from gmail_sync.admin.filters import ExpiryFilter, KeptFilter
from gmail_sync.models import GmailAccount, GmailWatch
from gmail_sync.querysets import GmailAccountQuerySet
from realtime.live_admin import LiveAdmin


@admin.register(GmailWatch)
class GmailWatchAdmin(LiveAdmin):
    list_display = ["account", "how", "expires", "renewed", "renewal", "proof", "last_error"]
    list_filter = ["state", ExpiryFilter, KeptFilter]
    search_fields = ["account__email"]
    list_select_related = ["account"]
    ordering = ["expires_at"]
    actions = ["renew", "stop"]

    @admin.display(description="state", ordering="state")
    def how(self, watch: GmailWatch) -> SafeString:
        return words.watch_state(watch)

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, watch: GmailWatch) -> str:
        return words.expiry(watch)

    @admin.display(description="last renewed", ordering="renewed_at")
    def renewed(self, watch: GmailWatch) -> str:
        return words.moment(watch.renewed_at)

    @admin.display(description="next renewal", ordering="renew_at")
    def renewal(self, watch: GmailWatch) -> str:
        return words.moment(watch.renew_at)

    @admin.display(description="its push", ordering="probe_sent_at")
    def proof(self, watch: GmailWatch) -> str:
        return words.probe(watch)

    @admin.action(description=orders.RENEW.title, permissions=["change"])
    def renew(self, request: HttpRequest, queryset: QuerySet[GmailWatch]) -> HttpResponse | None:
        return orders.give(self, request, _mailboxes(queryset), orders.RENEW)

    @admin.action(description=orders.STOP.title, permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[GmailWatch]) -> HttpResponse | None:
        return orders.give(self, request, _mailboxes(queryset), orders.STOP)


def _mailboxes(watches: QuerySet[GmailWatch]) -> GmailAccountQuerySet:
    return GmailAccount.objects.filter(watch__in=list(watches.values_list("pk", flat=True)))
