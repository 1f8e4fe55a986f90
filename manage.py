#!/usr/bin/env python
"""Django's command line for Finito."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import Error

from finito.concealment import Concealing


def main() -> None:
    """Run the command; nothing that it prints holds a secret, and a database that is in the way is one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "finito.settings")
    try:
        " ".join(sys.argv).encode()
    except UnicodeEncodeError:
        sys.exit("An argument is no UTF-8 text.")
    sys.stdout, sys.stderr = Concealing(sys.stdout), Concealing(sys.stderr)
    try:
        execute_from_command_line(sys.argv)
    except Error as error:
        from realtime.database_errors import explain  # noqa: PLC0415  (once the settings are read)

        sys.exit(f"The database: {explain(error)}")


if __name__ == "__main__":
    main()
