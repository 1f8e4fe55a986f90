"""The command line: `python -m bench [scenario ...]`."""

import json
import os
import signal
import sys
import time
import traceback
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bench import docs, growth, latency, mail, page, push, quota, second, sync
from bench.choices import Choices
from bench.crowd import channel, commit, deliver, fanout, idle, resume, storm
from bench.databases import kind_of
from bench.table import Table
from launcher.environment import ROOT
from launcher.supervisor import Failed

Scenario = Callable[[Choices], list[Table]]
SCENARIOS: dict[str, tuple[Scenario, str]] = {
    "quota": (quota.run, "units of Gmail's quota that each kind of change costs, beside the least"),
    "sync": (sync.run, "changes a second and worker beside the bare calls, and the lag of 1,000 mailboxes"),
    "mail": (mail.run, "one new mail: CPU of the worker, statements, commits that write"),
    "growth": (growth.run, "100 and 100,000 mailboxes: rows and buffers that each piece of work reads"),
    "latency": (latency.run, "from a change in the mailbox to the event on the stream"),
    "second": (second.run, "the second of two changes within one second, whose notice Gmail drops"),
    "push": (push.run, "pushes a second, refused and taken, and the CPU of each"),
    "deliver": (deliver.run, "CPU of an event from Redis to a stream, beside peers"),
    "commit": (commit.run, "from a commit to the event at the socket"),
    "channel": (channel.run, "a commit with Supabase beside Redis, and while it hangs; a ticket beside a stream"),
    "fanout": (fanout.run, "one change to 1,000 users: the commit, and the last of them, beside peers"),
    "storm": (storm.run, "1,000 and 2,000 streams that come back at once, each five events behind"),
    "resume": (resume.run, "a stream that comes back, in a log of 10,000 events and of 1,000,000"),
    "idle": (idle.run, "10,000 streams on which nothing happens: CPU, memory, connects a second"),
    "page": (page.run, "inbox and conversation with the processor slowed: largest paint, blocking, a long list"),
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
    parser.add_argument("--docs", action="store_true", help="write the tables into the pages of docs, and README")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="of an earlier --json, measure nothing"
    )
    parser.add_argument("--small", action="store_true", help="few streams, short runs: whether it works, no figures")
    return parser


def main() -> int:
    """Run the scenarios, or read an earlier run, and write what was asked for; 1 if a scenario failed."""
    options = parser().parse_args()
    names = options.scenario or list(SCENARIOS)
    if unknown := set(names) - SCENARIOS.keys():
        parser().error(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    if options.docs and options.small:
        parser().error("--small gives no figures: nothing for --docs to write")
    signal.signal(signal.SIGTERM, _interrupt)
    if options.source:
        _write([Table(**document) for document in json.loads(options.source.read_text())], options)
        return 0
    choices = Choices(max(1, options.runs), kind_of(options.database), max(1, options.workers), options.small)
    return _measure(names, choices, options)


def _measure(names: list[str], choices: Choices, options: Namespace) -> int:
    """Run each scenario, and print and write its tables at once: a run of an hour may end early. 1 if one failed."""
    tables: list[Table] = []
    failed: list[str] = []
    for name in names:
        began = time.monotonic()
        print(f"{name} ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}) ...", file=sys.stderr, flush=True)
        try:
            measured = SCENARIOS[name][0](choices)
        except Exception as error:  # the others are measured all the same
            if not isinstance(error, Failed):
                traceback.print_exc()
            print(f"{name} failed: {error}", file=sys.stderr, flush=True)
            failed.append(name)
            continue
        tables += measured
        for table in measured:
            print(f"{table.text()}\n", flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        _write(tables, options)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _write(tables: list[Table], options: Namespace) -> None:
    if options.json:
        options.json.write_text(json.dumps([table.document() for table in tables], indent=1) + "\n")
    if options.docs:
        for page in docs.write(tables):
            print(f"{page.relative_to(ROOT)} is written", file=sys.stderr, flush=True)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
