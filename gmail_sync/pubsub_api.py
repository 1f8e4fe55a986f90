"""Pub/Sub over REST with a service account: for pull mode, where Google cannot reach us.

Specification: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions
"""

import json
from functools import cache
from typing import Any

import httplib2
from django.conf import settings
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

from gmail_sync.exceptions import PubSubUnavailable, SubscriptionMissing

SCOPE = "https://www.googleapis.com/auth/pubsub"
# The server holds an empty pull open for a while; ours must be longer.
TIMEOUT_SECONDS = 100


@cache
def service() -> Any:
    """The client library's Pub/Sub with the service account's credentials. Raises PubSubUnavailable."""
    document = json.loads(get_static_doc("pubsub", "v1"))
    root = settings.PUBSUB_API_ROOT.rstrip("/") + "/"
    try:
        credentials = service_account.Credentials.from_service_account_file(
            settings.GOOGLE_APPLICATION_CREDENTIALS, scopes=[SCOPE]
        )
    except (OSError, ValueError) as error:
        raise PubSubUnavailable(f"GOOGLE_APPLICATION_CREDENTIALS cannot be read: {error}") from error
    http = AuthorizedHttp(credentials, http=httplib2.Http(timeout=TIMEOUT_SECONDS))
    return build_from_document({**document, "rootUrl": root}, http=http)


def pull(subscription: str, at_most: int) -> list[dict[str, Any]]:
    """Received messages, each with `ackId` and `message`; empty after a while without any."""
    request = service().projects().subscriptions().pull(subscription=subscription, body={"maxMessages": at_most})
    return list(_execute(request).get("receivedMessages", []))


def acknowledge(subscription: str, ack_ids: list[str]) -> None:
    """Take messages off the subscription; what is not acknowledged comes again."""
    body = {"ackIds": ack_ids}
    _execute(service().projects().subscriptions().acknowledge(subscription=subscription, body=body))


def _execute(request: Any) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = request.execute() or {}
    except HttpError as error:
        if error.status_code == 404:
            raise SubscriptionMissing(str(error.reason)) from error
        raise PubSubUnavailable(f"{error.status_code} {error.reason}") from error
    except (GoogleAuthError, httplib2.HttpLib2Error, OSError, ValueError) as error:
        raise PubSubUnavailable(f"{type(error).__name__}: {error}") from error
    return answer
