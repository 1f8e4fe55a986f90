"""The answers in place of a page: 404; where one failed 503 if the database is the cause, else Django's own 500."""

import sys

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.template import loader
from django.views.defaults import server_error

from realtime import database_errors

logger = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = "10"


def nothing_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 (Django's handler404), whatever was sent: its own looks for a token in the form, and may fail.

    The page names its user. Django makes it in a thread of no request, whose connection nobody else would close: once
    broken, it would break every later page of that thread.
    """
    has_connection = connection.connection is not None
    try:
        return HttpResponseNotFound(loader.get_template("404.html").render({}, request))
    finally:
        if not has_connection:
            connection.close()


def page_failed(request: HttpRequest) -> HttpResponse:
    """Answer for the exception that Django is handling (its handler500)."""
    error = sys.exception()
    if error is None or not database_errors.is_away(error):
        return server_error(request)
    database_errors.log(logger, "database.unavailable", error)
    page = loader.get_template("503.html").render()  # without a request: its user is in the database
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER_SECONDS, "Cache-Control": "no-store"})
