"""The probe of our clock: Google signs tokens by its clock, and we judge them by ours."""

import math
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
    """Compare the Date of an answer of Google's with our time."""
    asked_at = time.time()
    try:
        answer = httpx.get(settings.GOOGLE_TOKEN_URL, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError:
        yield skipped(CHECK, "no answer from Google to compare with")
        return
    ahead = ahead_of(answer, asked_at)
    if ahead is None:
        yield skipped(CHECK, "Google's answer has no Date header")
    else:
        yield judge(CHECK, ahead, "Google's", MEND)


def ahead_of(answer: httpx.Response, asked_at: float) -> float | None:
    """Return our time minus the answer's Date, in seconds; None without one. It has whole seconds, so half is added."""
    try:
        date = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5
        date += float(answer.headers.get("age", 0))
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return (asked_at + time.time()) / 2 - date if math.isfinite(date) else None


def judge(check: str, ahead: float, whose: str, mend: str) -> Finding:
    """Judge our time minus another's, in seconds."""
    if abs(ahead) <= LIMIT_SECONDS:
        return ok(check, f"within {LIMIT_SECONDS} s of {whose}.")
    side = "ahead of" if ahead > 0 else "behind"
    return fault(check, f"this machine is {abs(ahead):.0f} s {side} {whose} time.", mend)
