"""Judge a project: each step is one line, with what to do about one that does not hold.

    FINITO_SUPABASE_URL=https://ref.supabase.co FINITO_SUPABASE_PUBLISHABLE_KEY=sb_publishable_.. \\
    FINITO_SUPABASE_SIGNING_KEY='{"kty":"EC",..}' python -m tests.conformance.supabase

It takes about a minute, since a refusal is answered after five seconds, and leaves nothing behind.
"""

import os
import sys
from collections.abc import Callable
from inspect import getdoc

import httpx
from websockets.exceptions import WebSocketException

from tests.conformance.supabase.steps import KEY, POLICIES, STEPS, WIDE
from tests.conformance.supabase.target import Target

NAMES = ("URL", "PUBLISHABLE_KEY", "SIGNING_KEY")


def judge(target: Target, tell: Callable[[str], None] = print) -> list[str]:
    """Take every step; returns the names of those that do not hold."""
    failed = []
    for number, step in enumerate(STEPS, start=1):
        holds, _, mend = (getdoc(step) or "").partition(" Mend: ")
        try:
            step(target)
        except (AssertionError, httpx.HTTPError, OSError, WebSocketException) as error:
            failed.append(step.__name__)
            if number == 1 and isinstance(error, httpx.TransportError):
                tell(f"Nobody answers at {target.url}: {error}")
                return [step.__name__ for step in STEPS]
            tell(f"{number:2} NO  {holds} {type(error).__name__}: {error}")
            tell(f"       {mend.format(KEY=KEY, POLICIES=POLICIES, WIDE=WIDE)}")
        else:
            tell(f"{number:2} ok  {holds}")
    tell(f"{len(STEPS)} steps: {len(STEPS) - len(failed)} hold, {len(failed)} failed")
    return failed


def main() -> int:
    """Return 0 if all holds."""
    given = [os.environ.get(f"FINITO_SUPABASE_{name}", "") for name in NAMES]
    if not all(given):
        sys.exit(f"Set {', '.join(f'FINITO_SUPABASE_{name}' for name in NAMES)}.")
    return bool(judge(Target(*given)))


if __name__ == "__main__":
    sys.exit(main())
