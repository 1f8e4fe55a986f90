"""The probe of the webhook from outside: it must refuse an unsigned POST to Pub/Sub's address with 401."""

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from gmail_sync.doctor.report import Finding, fault, ok, skipped, unset
from gmail_sync.exceptions import PubSubUnavailable
from gmail_sync.pubsub import api as pubsub_api
from gmail_sync.pubsub.gcloud import modify_push, push_flags

CHECK = "webhook"
PATH = "/gmail/push/"
TIMEOUT_SECONDS = 8


def probe() -> Iterator[Finding]:
    """Post to the address that Pub/Sub pushes to, without its query, which may hold PUBSUB_PUSH_TOKEN."""
    url = _endpoint()
    if not url:
        yield skipped(CHECK, unset("PUBSUB_PUSH_AUDIENCE") or "no address is known that Pub/Sub pushes to")
        return
    try:
        answer = httpx.post(url, json={}, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield fault(CHECK, *_unreachable(url, error))
        return
    if answer.status_code == 401 and "www-authenticate" not in answer.headers:
        yield ok(CHECK, f"{url} refuses unsigned requests.")
    else:
        yield fault(CHECK, *_judge(url, answer))


def _endpoint() -> str:
    """Return the address that Pub/Sub pushes to; by default the audience, which usually is that address."""
    url = settings.PUBSUB_PUSH_AUDIENCE
    if settings.PUBSUB_SUBSCRIPTION and settings.GOOGLE_APPLICATION_CREDENTIALS:
        try:
            push = pubsub_api.subscription(settings.PUBSUB_SUBSCRIPTION).get("pushConfig") or {}
            url = push.get("pushEndpoint", "")
        except PubSubUnavailable:
            pass  # the check of the subscription reports it
    parts = urlsplit(url)
    return parts._replace(query="", fragment="").geturl() if parts.scheme in ("http", "https") else ""


def _judge(url: str, answer: httpx.Response) -> tuple[str, str]:
    """Explain an answer other than our 401, and its mend."""
    status = answer.status_code
    ours = f"https://{urlsplit(url).netloc}{PATH}"
    if answer.is_redirect:
        target = str(answer.next_request.url if answer.next_request else "").partition("?")[0]
        mend = _push_to(target) if target.endswith(PATH) else f"let {urlsplit(url).netloc} answer {PATH} itself."
        return f"{url} redirects to {target or 'nowhere'} ({status}), and Pub/Sub does not follow.", mend
    if status == 404:
        return f"{url} answers 404: the webhook is not there.", _push_to(ours)
    if status in (401, 403):
        mend = f"exempt {PATH} from the login or firewall in front of it: its own tokens guard it."
        return f"{url} is guarded by something else ({status}).", mend
    if status >= 500:
        return f"{url} answers {status}.", "start the web process (Procfile: web) behind it, or read its log."
    return f"{url} answers {status} to an unsigned request: that is not the webhook.", _push_to(ours)


def _unreachable(url: str, error: Exception) -> tuple[str, str]:
    host = urlsplit(url).hostname
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            port = urlsplit(url).port or 443
            mend = f"renew the certificate; openssl s_client -connect {host}:{port} -servername {host} shows it."
            return f"{url} has no valid TLS certificate ({cause.reason or type(cause).__name__}).", mend
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return f"{url} gives no answer within {TIMEOUT_SECONDS} s.", f"curl -v -X POST {url} says where it hangs."
    said = f"{url} cannot be reached ({type(error).__name__})."
    return said, f"start the web process (Procfile: web), or push elsewhere: {_push_to('https://HOST' + PATH)}"


def _push_to(endpoint: str) -> str:
    account = settings.PUBSUB_PUSH_SERVICE_ACCOUNT or "SERVICE_ACCOUNT"
    audience = settings.PUBSUB_PUSH_AUDIENCE or endpoint
    return modify_push(settings.PUBSUB_SUBSCRIPTION or "SUBSCRIPTION", push_flags(endpoint, account, audience))
