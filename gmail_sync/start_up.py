"""The way this installation was started, for messages that name a command of ours."""

import os
import shlex

VARIABLE = "FINITO_MANAGE"  # set by bin/run and bin/manage for all that they start


def manage(*words: str) -> str:
    """Return a management command to paste: `bin/manage ...` where that exists, else `python manage.py ...`."""
    return f"{os.environ.get(VARIABLE) or 'python manage.py'} {shlex.join(words)}"
