"""What the command line and the environment choose: tests, databases, and the jobs that run them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# The rooms of tests/; a job is what one pytest runs in a row.
FLOWS = ("flows",)
SYNC = ("gmail_sync/sync", "gmail_sync/consent")
REALTIME = (
    *("realtime", "operators", "finito", "gmail_sync/[apr]*", "gmail_sync/searching", "gmail_sync/management"),
    "gmail_sync/test_*.py",
)
BROWSER = ("browser",)
DOCTOR = ("gmail_sync/doctor", "proxies", "clients", "load")
LAUNCHER = ("launcher", "simulator", "conformance", "bench")
RUN = ("run", "docs", "gmail_sync/mail", "gmail_sync/gmail", "gmail_sync/google", "test_*.py")
# The longest first, and beside those that start browsers and processes one that works alone or waits. Where no
# database matters, one of the two is enough.
JOBS = (
    *(("postgres", BROWSER), ("sqlite", REALTIME), ("sqlite", FLOWS), ("postgres", DOCTOR), ("postgres", REALTIME)),
    *(("sqlite", LAUNCHER), ("postgres", FLOWS), ("sqlite", SYNC), ("postgres", SYNC), ("sqlite", RUN)),
)
DATABASES = ("sqlite", "postgres")


@dataclass(frozen=True)
class Job:
    """One pytest: its database and its arguments."""

    name: str
    database: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """`strict`: what this machine could run must not be skipped."""

    quick: bool
    strict: bool
    databases: tuple[str, ...]
    selection: tuple[str, ...]
    arguments: tuple[str, ...]

    def jobs(self) -> list[Job]:
        """Named tests run on each chosen database; all of them are divided among both."""
        if self.quick or self.arguments or self.databases != DATABASES:
            return [Job(name, name, (*self.selection, *self.arguments)) for name in self.databases]
        return [
            Job(f"{database}-{Path(rooms[0]).name}", database, (*self.selection, *again, *_paths(rooms)))
            for database, rooms, again in _divided()
        ]

    def without_postgres(self) -> "Choices":
        """The same on SQLite alone."""
        return replace(self, databases=("sqlite",))


def _divided() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Yield each job's database, its rooms, and how PostgreSQL's leaves out what SQLite's runs."""
    for database, rooms in JOBS:
        yield database, rooms, ("--again",) if database == "postgres" and ("sqlite", rooms) in JOBS else ()


def _paths(rooms: Iterable[str]) -> list[str]:
    return [str(path) for room in rooms for path in sorted(Path("tests").glob(room))]


def choose(words: Sequence[str], environment: Mapping[str, str]) -> Choices:
    """Read `[--quick|--chaos] [pytest arguments]`, FINITO_TEST_DB and FINITO_TEST_STRICT. Raises ValueError."""
    quick, chaos = "--quick" in words, "--chaos" in words
    named = environment.get("FINITO_TEST_DB", "").split()
    if unknown := set(named) - set(DATABASES):
        raise ValueError(f"FINITO_TEST_DB is sqlite or postgres, not {' '.join(sorted(unknown))}.")
    return Choices(
        quick=quick,
        strict=environment.get("FINITO_TEST_STRICT") == "1",
        databases=tuple(named) or (("sqlite",) if quick else DATABASES),
        selection=("--quick",) if quick else () if chaos else ("-m", "not chaos"),
        arguments=tuple(word for word in words if word not in ("--quick", "--chaos")),
    )
