"""The probe of the worker: without one nothing is read, polled or renewed."""

from collections.abc import Iterator

from gmail_sync import heartbeat
from gmail_sync.doctor.report import Finding, fault, ok
from gmail_sync.start_up import manage

CHECK = "worker"


def probe() -> Iterator[Finding]:
    """Look for a recent heartbeat."""
    if alive := heartbeat.alive().count():
        yield ok(CHECK, f"{alive} at work.")
    else:
        said = f"none has written its heartbeat for {heartbeat.ALIVE_SECONDS} s."
        yield fault(CHECK, said, f"{manage('sync_worker')} (Procfile: worker)")
