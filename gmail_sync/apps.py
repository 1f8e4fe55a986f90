"""Gmail accounts, their watches, and the way of a change from a push to the event log."""

from django.apps import AppConfig


class GmailSyncConfig(AppConfig):
    name = "gmail_sync"
    verbose_name = "Gmail"

    def ready(self) -> None:
        from gmail_sync import checks, membership, sign_in_checks  # noqa: F401, PLC0415  (once the apps are loaded)
