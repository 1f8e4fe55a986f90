"""The policies of browsers for our pages, in headers that Django does not set itself."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.decorators import sync_and_async_middleware

from realtime.transport.supabase import project

Answer = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]

PERMISSIONS_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


def content_security_policy() -> str:
    """Return a policy that allows our own files only, no inline script or style, and stands in no frame (CSP 3)."""
    consent = urlsplit(settings.GOOGLE_AUTH_URL)
    supabase = project.configured()
    channel = urlsplit(supabase.websocket) if supabase else None
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": f"'self' {channel.scheme}://{channel.netloc}" if channel else "'self'",
        "worker-src": "'self'",
        "frame-src": "'self'",  # else a link in a mail could load a stranger's page where the mail stands
        # Chromium applies it to redirects too: the form that connects a mailbox leads to Google.
        "form-action": f"'self' {consent.scheme}://{consent.netloc}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


@sync_and_async_middleware
def browser_policy(get_response: Answer) -> Answer:
    """Add the policies to every answer, also to files and errors; nobody keeps what does not say that they may.

    Nobody on the way rewrites a page either: Cloudflare puts a link in the place of each address in it, unless asked
    not to (https://developers.cloudflare.com/waf/tools/scrape-shield/email-address-obfuscation/).
    """
    headers = {
        "Content-Security-Policy": content_security_policy(),
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cache-Control": "private, no-store",
    }

    def with_headers(response: HttpResponse) -> HttpResponse:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_cache_control(response, no_transform=True)
        return response

    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            return with_headers(await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        return with_headers(get_response(request))  # type: ignore[arg-type]  # one that is not awaited

    return answer
