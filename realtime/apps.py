"""The event log and the stream: knows users and numbers, nothing of what an event says."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"
    verbose_name = "Event stream"

    def ready(self) -> None:
        from realtime import checks  # noqa: F401, PLC0415  (registered once the apps are loaded)
        from realtime.presence import endings  # noqa: F401, PLC0415  (registered once the apps are loaded)
        from realtime.stream import sessions  # noqa: F401, PLC0415  (registered once the apps are loaded)
