"""Pub/Sub over REST with a service account, for pull mode, the set-up and the doctor.

Specification: https://cloud.google.com/pubsub/docs/reference/rest
"""

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from google.auth.credentials import AnonymousCredentials
from google_auth_httplib2 import AuthorizedHttp, Request
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

from gmail_sync.exceptions import (
    PubSubConflict,
    PubSubForbidden,
    PubSubMissing,
    PubSubUnavailable,
    PubSubUnimplemented,
)
from gmail_sync.gmail.refusals import NO_ANSWER, is_googles
from gmail_sync.google.http import Http
from gmail_sync.pubsub import service_account

SCOPE = "https://www.googleapis.com/auth/pubsub"
# The server holds an empty pull open for a while; ours must be longer.
PULL_SECONDS = 100
ADMIN_SECONDS = 8

Resource = dict[str, Any]


@cache
def service() -> Any:
    """Return the client library's Pub/Sub with the service account's credentials. Raises PubSubUnavailable."""
    document = json.loads(get_static_doc("pubsub", "v1"))
    root = _root()
    if not settings.GOOGLE_APPLICATION_CREDENTIALS and _is_here(root):
        return build_from_document({**document, "rootUrl": root}, http=_authorized(AnonymousCredentials()))
    credentials = service_account.credentials(SCOPE)
    return build_from_document({**document, "rootUrl": root}, http=_authorized(credentials))


def _root() -> str:
    return str(settings.PUBSUB_API_ROOT).rstrip("/") + "/"


def _is_here(root: str) -> bool:
    return urlsplit(root).hostname in ("127.0.0.1", "localhost", "::1")


def _authorized(credentials: Any, seconds: float = PULL_SECONDS) -> AuthorizedHttp:
    return AuthorizedHttp(credentials, http=Http(silence=seconds, total=seconds))


def is_emulator(topic: str) -> bool:
    """Tell whether Google's emulator answers at PUBSUB_API_ROOT; it needs no service account."""
    if settings.GOOGLE_APPLICATION_CREDENTIALS or not _is_here(_root()):
        return False
    try:
        topic_policy(topic)
    except PubSubUnimplemented:
        return True
    except PubSubUnavailable:
        return False
    return False


def pull(subscription: str, at_most: int) -> list[dict[str, Any]]:
    """Return received messages, each with `ackId` and `message`; empty after a while without any."""
    request = service().projects().subscriptions().pull(subscription=subscription, body={"maxMessages": at_most})
    return list(_execute(request).get("receivedMessages", []))


def acknowledge(subscription: str, ack_ids: list[str]) -> None:
    """Take messages off the subscription; unacknowledged ones come again."""
    body = {"ackIds": ack_ids}
    _execute(service().projects().subscriptions().acknowledge(subscription=subscription, body=body))


def authenticate() -> str:
    """Get an access token; returns the service account's address. Raises PubSubUnavailable."""
    credentials = service()._http.credentials
    try:
        credentials.refresh(Request(Http(silence=ADMIN_SECONDS, total=ADMIN_SECONDS)))
    except NO_ANSWER as error:
        raise PubSubUnavailable(str(error.args[0] if error.args else type(error).__name__)[:300]) from error
    return str(credentials.service_account_email)


def topic(name: str) -> Resource:
    """Get the topic. Like all below, raises PubSubMissing, PubSubForbidden, PubSubConflict, PubSubUnavailable."""
    return _administer(service().projects().topics().get(topic=name))


def create_topic(name: str) -> None:
    _administer(service().projects().topics().create(name=name, body={}))


def topic_policy(name: str) -> Resource:
    """Get the topic's IAM policy; version 3, since an older one would leave out the conditions of bindings."""
    topics = service().projects().topics()
    return _administer(topics.getIamPolicy(resource=name, options_requestedPolicyVersion=3))


def set_topic_policy(name: str, policy: Resource) -> None:
    """Replace the policy. Raises PubSubConflict if its etag has changed meanwhile."""
    _administer(service().projects().topics().setIamPolicy(resource=name, body={"policy": policy}))


def subscription(name: str) -> Resource:
    return _administer(service().projects().subscriptions().get(subscription=name))


def create_subscription(name: str, body: Resource) -> None:
    _administer(service().projects().subscriptions().create(name=name, body=body))


def delete_subscription(name: str) -> None:
    """Delete the subscription, and the messages that wait in it."""
    _administer(service().projects().subscriptions().delete(subscription=name))


def patch_subscription(name: str, changes: Resource) -> None:
    """Replace these fields and leave the others as they are."""
    body = {"subscription": {"name": name, **changes}, "updateMask": ",".join(changes)}
    _administer(service().projects().subscriptions().patch(name=name, body=body))


def _administer(request: Any) -> Resource:
    """Execute over a connection of its own: the doctor asks from several threads, and httplib2 is not safe to share."""
    request.http = _authorized(request.http.credentials, ADMIN_SECONDS)
    return _execute(request)


_REACTIONS = {
    403: PubSubForbidden,
    404: PubSubMissing,
    409: PubSubConflict,
    412: PubSubConflict,
    501: PubSubUnimplemented,
}


def _execute(request: Any) -> dict[str, Any]:
    try:
        answer = request.execute() or {}
    except HttpError as error:
        # Only Google's own answer counts; a proxy's page with the same status says nothing about the resource.
        kind = _REACTIONS.get(error.status_code, PubSubUnavailable) if is_googles(error) else PubSubUnavailable
        raise kind(f"{error.status_code} {error.reason}") from error
    except NO_ANSWER as error:
        raise PubSubUnavailable(f"{type(error).__name__}: {error}") from error
    if not isinstance(answer, dict):
        raise PubSubUnavailable("the answer is not Pub/Sub's")
    return answer
