"""The command line of bin/test: provides what the tests need, runs them, and reports."""

import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from launcher import apt, postgres
from launcher.supervisor import Stopped
from tests.run.choices import choose
from tests.run.jobs import Jobs
from tests.run.programs import PROGRAMS, provide, provide_npm_packages, provide_python_clients
from tests.run.report import could_have_run, skipped

MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30  # nosec B108


def main() -> int:
    """Exit with the first failed pytest's code, or 1 where a part could not be run though it should."""
    try:
        choices = choose(sys.argv[1:], os.environ)
    except ValueError as error:
        sys.exit(str(error))
    missing = [] if choices.quick else [text for text in map(provide, PROGRAMS) if text]
    faults = [f"apt could not install it: {text}" for text in missing if choices.strict and apt.can_install()]
    if not choices.quick:
        missing += filter(None, [provide_npm_packages(), provide_python_clients()])
    jobs = choices.jobs()
    if any(job.database == "postgres" for job in jobs) and postgres.binaries() is None:
        missing.append("SKIPPED: the tests on PostgreSQL, since no server is installed (apt-get install postgresql)")
        jobs = choices.without_postgres().jobs()
    with ExitStack() as stack:
        directory = tempfile.TemporaryDirectory(prefix="finito-test-", dir=_home(), ignore_cleanup_errors=True)
        scratch = Path(stack.enter_context(directory))
        scratch.chmod(0o711)  # PostgreSQL's owner passes through
        cluster = ""
        if any(job.database == "postgres" for job in jobs):
            cluster = stack.enter_context(postgres.cluster(scratch / "postgres", postgres.THROWAWAY))
        running = Jobs(scratch, cluster)
        try:
            running.run(jobs)
        except Stopped:
            return 143
        lines = running.skipped.read_text().splitlines() if running.skipped.exists() else []
    if choices.strict and could_have_run(lines):
        faults.append("skipped what this machine can run (see above)")
    print("\n=== bin/test ===", *skipped(lines), *missing, *running.notes, *faults, sep="\n")
    return running.code or bool(faults)


def _home() -> Path | None:
    """In memory where there is room: each commit of a test's database waits for the disk otherwise."""
    room = shutil.disk_usage(MEMORY).free if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else 0
    return MEMORY if room > ROOM_BYTES else None


if __name__ == "__main__":
    sys.exit(main())
