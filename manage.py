#!/usr/bin/env python
"""Django's command line for Finito."""

import os
import select
import sys
from pathlib import Path

from django.core.management import execute_from_command_line
from django.db.utils import Error

from finito.concealment import Concealing

ENDED_BY_SIGPIPE = 141  # as a shell says it of other programs


def main() -> None:
    """Run the command; nothing that it prints holds a secret, and a database that is in the way is one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finito.settings")
    try:
        " ".join(sys.argv).encode()
    except UnicodeEncodeError:
        sys.exit("An argument is no UTF-8 text.")
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115  (where a stream is closed, Python has none)
    sys.stdout, sys.stderr = Concealing(sys.stdout or nowhere), Concealing(sys.stderr or nowhere)
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        sys.exit(ENDED_BY_SIGPIPE)
    except Error as error:
        from realtime.database_errors import explain  # noqa: PLC0415  (once the settings are read)

        sys.exit(f"The database: {explain(error)}")


def _nobody_reads() -> bool:
    """Tell whether the other end of standard output is closed, as `| head` does."""
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    return bool(output.poll(0))


if __name__ == "__main__":
    main()
