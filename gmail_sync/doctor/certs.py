"""Google's certificates: without them no push can be verified."""

from collections.abc import Iterator

import httpx
import jwt
from django.conf import settings

from gmail_sync import certs
from gmail_sync.doctor.report import Finding, fault, ok, skipped, unset

CHECK = "certs"


def look() -> Iterator[Finding]:
    """Whether PUBSUB_CERTS_URL gives keys."""
    if missing := unset("PUBSUB_PUSH_AUDIENCE"):
        yield skipped(CHECK, missing)
        return
    url = settings.PUBSUB_CERTS_URL
    mend = f"curl -v {url} says why; without PUBSUB_CERTS_URL Google's own address is used."
    try:
        keys = certs.download(url)
    except httpx.HTTPStatusError as error:
        yield fault(CHECK, f"{url} answers {error.response.status_code}.", mend)
    except httpx.HTTPError as error:
        yield fault(CHECK, f"{url} cannot be reached ({type(error).__name__}).", mend)
    except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError):
        yield fault(CHECK, f"{url} is no JWKS document.", mend)
    else:
        yield ok(CHECK, f"{len(keys)} keys.") if keys else fault(CHECK, f"{url} has no key with an id.", mend)
