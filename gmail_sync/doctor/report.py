"""The findings of probes, and a bound on the time of each."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connections

from realtime.transport import redis_address

OK, FAULT, SKIPPED = "ok", "fault", "skipped"
PROBE_SECONDS = 10
AT_ONCE = 8


@dataclass(frozen=True)
class Finding:
    """`said` is one sentence; `mend` is the command or the console page that mends a fault, else empty."""

    check: str
    status: str
    said: str
    mend: str = ""

    def line(self) -> str:
        """Return one line for a terminal, also where Google's text holds several."""
        text = f"{self.check}: {self.said}" if self.status == SKIPPED else f"{self.check}: {self.status}: {self.said}"
        return " ".join(f"{text} Mend: {self.mend}".split()) if self.mend else " ".join(text.split())


@dataclass(frozen=True)
class Probe:
    """A probe of one thing; `run` returns its findings."""

    check: str
    run: Callable[[], Iterable[Finding]]


def ok(check: str, said: str) -> Finding:
    return Finding(check, OK, said)


def fault(check: str, said: str, mend: str) -> Finding:
    return Finding(check, FAULT, said, mend)


def skipped(check: str, why: str) -> Finding:
    """Say why this was not probed."""
    return Finding(check, SKIPPED, f"skipped: {why}")


def redacted(finding: Finding) -> Finding:
    """Return the finding without any secret of the settings."""
    secrets = {settings.PUBSUB_PUSH_TOKEN, settings.GOOGLE_CLIENT_SECRET, settings.SUPABASE_SIGNING_KEY}
    secrets |= {*redis_address.secrets(settings.REDIS_URL)}
    said, mend = finding.said, finding.mend
    for secret in secrets - {""}:
        said, mend = said.replace(secret, "***"), mend.replace(secret, "***")
    return replace(finding, said=said, mend=mend)


def unset(*names: str) -> str:
    """Return the first of these settings that is not set, as a skipped check says it; empty if all are."""
    return next((f"{name} not set" for name in names if not getattr(settings, name)), "")


def examine(probes: list[Probe]) -> Iterator[Finding]:
    """Yield the findings of all probes, in their order; eight run at once, none for longer than 10 s."""
    for start in range(0, len(probes), AT_ONCE):
        runs = [_Run(probe) for probe in probes[start : start + AT_ONCE]]
        give_up_at = time.monotonic() + PROBE_SECONDS
        for run in runs:
            run.join(max(0.0, give_up_at - time.monotonic()))
            yield from run.findings()


class _Run(threading.Thread):
    """A probe in a daemon thread, so that one that hangs does not keep the process alive."""

    def __init__(self, probe: Probe) -> None:
        super().__init__(name=probe.check, daemon=True)
        self._probe = probe
        self._found: list[Finding] | None = None
        self.start()

    def run(self) -> None:
        try:
            self._found = list(self._probe.run())
        except Exception as error:
            # Its type only: the text could hold what must not be printed.
            said = f"this probe failed ({type(error).__name__})."
            self._found = [fault(self._probe.check, said, "Please report this as a bug of check_gmail.")]
        finally:
            connections.close_all()

    def findings(self) -> list[Finding]:
        """Return the findings; a fault if the probe has not ended."""
        if self._found is None:
            said = f"no answer within {PROBE_SECONDS} s."
            mend = "Try again; if it stays so, look for a firewall or proxy between this machine and that address."
            return [fault(self._probe.check, said, mend)]
        return self._found
