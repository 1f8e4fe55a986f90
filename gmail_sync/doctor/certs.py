"""The probe of Google's certificates: without them no push can be verified."""

from collections.abc import Iterator

from django.conf import settings

from gmail_sync.doctor.report import Finding, fault, ok, skipped, unset
from gmail_sync.exceptions import CertsUnavailable
from gmail_sync.push import certs

CHECK = "certs"


def probe() -> Iterator[Finding]:
    """Fetch the keys from PUBSUB_CERTS_URL."""
    if missing := unset("PUBSUB_PUSH_AUDIENCE"):
        yield skipped(CHECK, missing)
        return
    url = settings.PUBSUB_CERTS_URL
    mend = f"curl -v {url} says why; without PUBSUB_CERTS_URL Google's own address is used."
    try:
        keys = certs.download(url)
    except CertsUnavailable as error:
        yield fault(CHECK, f"{url} {error}.", mend)
    else:
        yield ok(CHECK, f"{len(keys)} keys.")
