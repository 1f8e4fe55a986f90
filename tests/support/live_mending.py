"""Brings a stack that others have used into order."""

from tests.support.live import Stack


def mend(stack: Stack) -> None:
    """Let everything run that was killed, ended or paused, and let Google be well."""
    for name in stack.commands:
        child = stack.supervisor.children.get(name)
        if child is None or child.process.poll() is not None:
            stack.start(name, wait=False)
        stack.resume(name)
    for name in stack.commands:
        stack.wait_for(name)
    stack.simulator.clear_faults()
