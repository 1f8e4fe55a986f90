"""Gmail accounts, their watches, and the way of a change from a push to the event log."""

from django.apps import AppConfig


class GmailSyncConfig(AppConfig):
    name = "gmail_sync"
    verbose_name = "Gmail"

    def ready(self) -> None:
        # Once the apps are loaded.
        from gmail_sync import checks, presence  # noqa: F401, PLC0415
        from gmail_sync.consent import membership, sign_in_checks  # noqa: F401, PLC0415
        from realtime.presence.scenes import seen_by  # noqa: PLC0415

        seen_by(presence.members_of)
