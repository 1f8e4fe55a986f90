"""DEBUG's error page, and Django's own reports: without the values of secret settings, however deep they stand."""

from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter

from finito.concealment import conceal


class ConcealingReporter(ExceptionReporter):
    """Django hides what is named like a secret; a password within an address, or in a variable, is not."""

    def get_traceback_html(self) -> SafeString:
        """The page."""
        return mark_safe(conceal(super().get_traceback_html()))  # nosec B308, B703  # as Django has made it

    def get_traceback_text(self) -> SafeString:
        """The text, which a client gets that does not ask for HTML."""
        return mark_safe(conceal(super().get_traceback_text()))  # nosec B308, B703
