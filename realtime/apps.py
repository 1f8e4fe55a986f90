"""The event log and the stream: knows users and events, nothing of mail."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"
    verbose_name = "Event stream"

    def ready(self) -> None:
        from realtime import checks, sessions  # noqa: F401, PLC0415  (registered once the apps are loaded)
