"""The meaning of a database's error, in one sentence with its mend and without the error's own text.

SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

CONNECT_SECONDS = 3


@dataclass(frozen=True)
class Reason:
    """One kind of failure: `sqlstates` or a pattern of the text tells it."""

    said: str
    mend: str
    sqlstates: tuple[str, ...] = ()
    pattern: str = r"(?!)"


UNMIGRATED = Reason(
    "its tables are not there yet, or not all of them.",
    "manage.py migrate",
    ("42P01", "42703"),
    r"no such (table|column)",
)
FORBIDDEN = Reason(
    "it does not let our role do that.",
    "grant the role of DATABASE_URL CONNECT on the database, CREATE on the schema, and all on our tables; "
    "or make it their owner.",
    ("42501",),
    r"permission denied",
)
READ_ONLY = Reason(
    "it takes no writes.",
    "PostgreSQL: name the primary in DATABASE_URL, and look at default_transaction_read_only; "
    "SQLite: let this user write the file and its directory.",
    ("25006",),
    r"readonly database",
)
ENCODING = Reason(
    "its encoding has no place for most of the world's characters: what has one is not stored.",
    "createdb --template=template0 --encoding=UTF8, and bring what you have into that with pg_dump and pg_restore.",
    ("22P05",),
    r"has no equivalent in encoding",
)
REASONS = (
    UNMIGRATED,
    READ_ONLY,
    FORBIDDEN,
    ENCODING,
    Reason("its disk is full.", "make room on the database's disk.", ("53100",), r"disk is full|disk I/O error"),
    Reason(
        "its file cannot be opened.",
        "make its directory, and let this user write it; or set DATABASE_URL.",
        (),
        r"unable to open database file",
    ),
    Reason("its file is no database.", "name another file in DATABASE_URL.", (), r"not a database|malformed"),
    Reason(
        "it refuses the user or password of DATABASE_URL.",
        "put the right ones there: postgres://USER:PASSWORD@HOST:5432/NAME",
        ("28P01", "28000"),
        r"authentication failed|no password supplied|no pg_hba\\.conf entry",
    ),
    Reason("it has no database of that name.", "createdb, or mend DATABASE_URL.", ("3D000",), r"no such database"),
    Reason(
        "it has no connection left for us.",
        "raise max_connections, or start fewer processes.",
        ("53300",),
        r"no more connections|too many (clients|connections)|remaining connection slots",
    ),
    Reason(
        "somebody else holds a lock for long.",
        "see who else writes to it, and end that.",
        ("55P03",),
        r"(database|table) (\w+ )?is locked",
    ),
    Reason(
        "it has no schema for our tables.",
        "make one that is in the role's search_path: CREATE SCHEMA public",
        ("3F000",),
    ),
    Reason(
        "a pooler stands before it that refuses what the options of DATABASE_URL ask for.",
        "take `options` out of DATABASE_URL: Finito sets its time limits itself.",
        (),
        r"unsupported startup parameter",
    ),
    Reason(
        "a pooler stands before it that allows no transactions.",
        "set pool_mode = transaction (or session) in PgBouncer.",
        (),
        r"statement pooling",
    ),
    Reason("it is starting or ending.", "wait.", ("57P01", "57P02", "57P03"), r"the database system is"),
    Reason("its host is not known.", "mend the host in DATABASE_URL.", (), r"translate host name|resolve host|Name or"),
    Reason("nobody listens at its address.", "start it, or mend DATABASE_URL.", (), r"refused|No such file or dir"),
    Reason(
        "it speaks no TLS.", "take sslmode out of DATABASE_URL, or give the database a certificate.", (), r"support SSL"
    ),
    Reason("its certificate is not the right one.", "give its authority as ?sslrootcert=FILE.", (), r"certificate"),
    Reason(
        "an option of DATABASE_URL is none.",
        "look at what stands there after the question mark.",
        (),
        r"invalid connection option|invalid .*value|invalid URI query parameter",
    ),
    Reason("DATABASE_URL cannot be read.", "docs/settings.md says how it is written.", (), r"improperly configured"),
)
SILENT = Reason("it gives no answer.", "see that it runs, and that a firewall lets us through.")


def reason(error: BaseException) -> Reason:
    """Return the first kind that the error, or one of its causes, is of."""
    if isinstance(error.__cause__, PoolTimeout):  # it says only that nothing came; whoever connects is told why
        error = _refusal() or error
    return _kind(error)


def _kind(error: BaseException) -> Reason:
    return next((kind for kind in REASONS if _is(kind, error)), SILENT)


def _is(kind: Reason, error: BaseException) -> bool:
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    states = {getattr(cause, "sqlstate", None) for cause in causes}
    text = " ".join(map(str, causes))
    return bool(states & set(kind.sqlstates) or re.search(kind.pattern, text, re.IGNORECASE))


def explain(error: BaseException) -> str:
    """Write one sentence and its mend."""
    kind = reason(error)
    return f"{kind.said} Mend: {kind.mend}"


def is_away(error: BaseException) -> bool:
    """Tell whether the database is away, forbids it or has no tables yet, rather than a query of ours wrong."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DatabaseError) and any(_is(kind, error) for kind in (UNMIGRATED, READ_ONLY, FORBIDDEN))


def log(logger: Any, event: str, error: BaseException, **about: Any) -> None:
    """Log a failure: in one line that says why if the database is away, else with its frames. It asks nobody.

    A crowd learns at once that it is away, and again at each return: frames would cost each of them 4 ms and 6 kB.
    """
    if is_away(error):
        logger.warning(event, error=type(error.__cause__ or error).__name__, database=_kind(error).said, **about)
    else:
        logger.warning(event, exc_info=error, **about)


def is_read_only(error: BaseException) -> bool:
    """Tell whether the database is there and refuses writes."""
    return _is(READ_ONLY, error)


def _refusal() -> Exception | None:
    try:
        parameters = {**connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS}
        psycopg.connect(**parameters).close()
    except Exception as error:
        return error
    return None
