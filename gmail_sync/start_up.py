"""How this installation was started, for whoever is told to run a command of ours."""

import os
import shlex

VARIABLE = "FINITO_MANAGE"  # set by bin/run and bin/manage for all that they start


def manage(*words: str) -> str:
    """A management command as it can be pasted here: `bin/manage ...`, or `python manage.py ...` elsewhere."""
    return f"{os.environ.get(VARIABLE) or 'python manage.py'} {shlex.join(words)}"
