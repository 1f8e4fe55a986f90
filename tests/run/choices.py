"""What the command line and the environment choose: tests, databases, and the jobs that run them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# The rooms of tests/, the longest jobs first; a job is what one pytest runs in a row.
ON_BOTH = (
    ("flows",),
    ("gmail_sync/sync", "gmail_sync/consent"),
    ("realtime", "operators", "finito", "gmail_sync/[apr]*", "gmail_sync/management", "gmail_sync/test_*.py"),
)
# Where no database matters, one of the two is enough.
ON_ONE = {
    "sqlite": (
        ("launcher", "simulator", "conformance", "bench"),
        ("run", "docs", "gmail_sync/mail", "gmail_sync/gmail", "gmail_sync/google", "test_*.py"),
    ),
    "postgres": (("browser",), ("gmail_sync/doctor", "proxies", "clients", "load")),
}
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
        """The longest first. Named tests run on each chosen database; all of them are divided among both."""
        if self.quick or self.arguments or self.databases != DATABASES:
            return [Job(name, name, (*self.selection, *self.arguments)) for name in self.databases]
        return [
            Job(f"{database}-{Path(rooms[0]).name}", database, (*self.selection, *_paths(rooms)))
            for database, rooms in _divided()
        ]

    def without_postgres(self) -> "Choices":
        """The same on SQLite alone."""
        return replace(self, databases=("sqlite",))


def _divided() -> list[tuple[str, tuple[str, ...]]]:
    twice = [(database, rooms) for rooms in ON_BOTH for database in DATABASES]
    return twice + [(database, rooms) for database in DATABASES for rooms in ON_ONE[database]]


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
