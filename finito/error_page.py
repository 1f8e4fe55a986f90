"""DEBUG's error page and Django's reports, without the values of secret settings, however deep they stand."""

from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter

from finito.concealment import conceal


class ConcealingReporter(ExceptionReporter):
    """A reporter that conceals more than Django's: a password within a URL or in a variable has no telling name."""

    def get_traceback_html(self) -> SafeString:
        """Return the page."""
        return mark_safe(conceal(super().get_traceback_html()))  # nosec B308, B703  # as Django has made it

    def get_traceback_text(self) -> SafeString:
        """Return the text, for clients that do not ask for HTML."""
        return mark_safe(conceal(super().get_traceback_text()))  # nosec B308, B703
