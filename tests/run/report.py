"""What bin/test says: how far it is, how each job ended, and what was skipped."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# What bin/test installs itself: a test that is skipped for want of it was not run though it could have been.
OURS_TO_BRING = re.compile("npm|nginx|pgbouncer|promtool|chromium|browser|playwright|valkey|redis", re.IGNORECASE)


def percent(output: Path) -> str:
    """How far pytest is, by the end of its lines."""
    found = re.findall(r"\[ *(\d+%)\]$", output.read_text(errors="replace") if output.exists() else "", re.MULTILINE)
    return found[-1] if found else "0%"


def how_it_ended(name: str, code: int, seconds: float) -> str:
    """One line on a pytest that has ended (https://docs.pytest.org/en/stable/reference/exit-codes.html)."""
    if code == 0:
        return f"{name}: passed in {seconds:.0f} s"
    if code == 5:
        return f"{name}: no test ran (tests marked chaos need --chaos)"
    return f"{name}: FAILED (pytest's exit code {code})"


def skipped(lines: Iterable[str]) -> list[str]:
    """Each `file: reason` once, with its number."""
    return [f"{count:7} {line}" for line, count in sorted(Counter(lines).items())]


def could_have_run(lines: Iterable[str]) -> bool:
    """Tell whether a test was skipped for want of what bin/test brings; the file's name does not count."""
    return any(OURS_TO_BRING.search(line.partition(": ")[2]) for line in lines)
