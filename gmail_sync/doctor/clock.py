"""The probe of our clock: Google signs tokens by its clock, and we judge them by ours."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
from django.conf import settings

from gmail_sync.doctor.report import Finding, fault, ok, skipped

CHECK = "clock"
TIMEOUT_SECONDS = 8
LIMIT_SECONDS = 5  # a push token may be 10 s from our time
MEND = "sudo timedatectl set-ntp true"


def probe() -> Iterator[Finding]:
    """Compare the Date of an answer of Google's with our time. It has whole seconds, so half a second is added."""
    asked_at = time.time()
    try:
        answer = httpx.get(settings.GOOGLE_TOKEN_URL, timeout=TIMEOUT_SECONDS)
        date = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5
        date += float(answer.headers.get("age", 0))
    except httpx.HTTPError:
        yield skipped(CHECK, "no answer from Google to compare with")
        return
    except (KeyError, ValueError, TypeError):
        yield skipped(CHECK, "Google's answer has no Date header")
        return
    yield judge(CHECK, (asked_at + time.time()) / 2 - date, "Google's", MEND)


def judge(check: str, ahead: float, whose: str, mend: str) -> Finding:
    """Judge our time minus another's, in seconds."""
    if abs(ahead) <= LIMIT_SECONDS:
        return ok(check, f"within {LIMIT_SECONDS} s of {whose}.")
    side = "ahead of" if ahead > 0 else "behind"
    return fault(check, f"this machine is {abs(ahead):.0f} s {side} {whose} time.", mend)
