"""The dashboard, health and metrics: an app above gmail_sync and realtime, without models."""

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """Finds the scripts and styles of the operators' pages."""

    name = "operators"
