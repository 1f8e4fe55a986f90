"""What a process asks of PostgreSQL, from the server's own log: statements, and commits that wrote something."""

import re
from collections import defaultdict
from dataclasses import dataclass

from bench.stack import Stack

# `[backend] name LOG:  statement: SELECT ..`, or `execute name: ..` where a statement is prepared. Its further lines
# begin with a tab, and its first one may be blank.
_LINE = re.compile(r"^\[(\d+)\] (\S*) LOG:  (?:statement|execute [^:]*): *(?:\n\t\s*)?(\w*)(.*)$", re.MULTILINE)
_WRITES = {"INSERT", "UPDATE", "DELETE"}
_CHECK = "current_setting('transaction_read_only')"  # of a connection as it is taken from the pool


@dataclass(frozen=True)
class Asked:
    """Counts of one process: statements (BEGIN and COMMIT are two), checks of connections, commits that wrote."""

    statements: int
    checks: int
    writing_commits: int


def listen(stack: Stack) -> None:
    """Have the server write each statement with the name of its process (the stack must be `named`)."""
    for setting in ("log_statement = 'all'", "log_line_prefix = '[%p] %a '"):
        stack.database.query_outside(f"ALTER SYSTEM SET {setting}")
    stack.database.query("SELECT pg_reload_conf()")


def mark(stack: Stack) -> int:
    """Return where the log ends."""
    return stack.supervisor.children["postgres"].log.stat().st_size


def asked(stack: Stack, name: str, since: int) -> Asked:
    """Count what the process has asked since the mark."""
    return counted(stack.supervisor.children["postgres"].log.read_bytes()[since:].decode(errors="replace"), name)


def counted(log: str, name: str) -> Asked:
    """Count what the process of this name has asked by a log of PostgreSQL's. Pure."""
    statements = checks = commits = 0
    open_transaction: dict[str, bool] = defaultdict(bool)
    wrote: dict[str, bool] = defaultdict(bool)
    for backend, who, verb, rest in _LINE.findall(log):
        if who != name:
            continue
        if _CHECK in rest or not verb:
            checks += 1
            continue
        statements += 1
        word = verb.upper()
        wrote[backend] |= word in _WRITES or (word == "WITH" and any(one in rest for one in _WRITES))
        if word == "BEGIN":
            open_transaction[backend] = True
        elif word in ("COMMIT", "ROLLBACK"):
            open_transaction[backend] = False
        if not open_transaction[backend]:
            commits += wrote[backend] and word != "ROLLBACK"
            wrote[backend] = False
    return Asked(statements, checks, commits)
