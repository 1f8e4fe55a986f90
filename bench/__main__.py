"""The command line: `python -m bench [scenario ...]`."""

import json
import os
import signal
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bench import latency, push, quota, sync
from bench.choices import Choices
from bench.databases import kind_of
from bench.table import Table
from launcher.supervisor import Failed

Scenario = Callable[[Choices], list[Table]]
SCENARIOS: dict[str, tuple[Scenario, str]] = {
    "quota": (quota.run, "units of Gmail's quota that each kind of change costs, beside the least"),
    "sync": (sync.run, "changes a second and worker beside the bare calls, and the lag of 1,000 mailboxes"),
    "latency": (latency.run, "from a change in the mailbox to the event on the stream"),
    "push": (push.run, "pushes a second, refused and taken, and the CPU of each"),
}


def parser() -> ArgumentParser:
    """Return the parser of the command line."""
    listed = "\n".join(f"  {name:10}{about}" for name, (_, about) in SCENARIOS.items())
    parser = ArgumentParser("bin/bench", formatter_class=RawDescriptionHelpFormatter, epilog=f"scenarios:\n{listed}")
    parser.description = "Measure Finito's processes against the simulator; without a scenario, all of them."
    parser.add_argument("scenario", nargs="*", help="one or more of those below", metavar="scenario")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tables there as well")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="figures are medians of so many (%(default)s)")
    parser.add_argument(
        "--database", choices=["auto", "sqlite", "postgres"], default="auto", help="auto: PostgreSQL where installed"
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes (%(default)s)")
    return parser


def main() -> int:
    """Run the scenarios one after the other; 1 if one failed."""
    options = parser().parse_args()
    names = options.scenario or list(SCENARIOS)
    if unknown := set(names) - SCENARIOS.keys():
        parser().error(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    signal.signal(signal.SIGTERM, _interrupt)
    choices = Choices(max(1, options.runs), kind_of(options.database), max(1, options.workers))
    tables: list[Table] = []
    code = 0
    for name in names:
        began = time.monotonic()
        print(f"{name} ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}) ...", file=sys.stderr, flush=True)
        try:
            measured = SCENARIOS[name][0](choices)
        except Failed as failure:
            print(f"{name} failed: {failure}", file=sys.stderr)
            code = 1
            continue
        tables += measured
        for table in measured:
            print(f"{table.text()}\n", flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if options.json:
        options.json.write_text(json.dumps([table.document() for table in tables], indent=1) + "\n")
    return code


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
