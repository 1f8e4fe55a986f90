"""docs/supabase.sql on a real PostgreSQL, asked as the server asks; and the simulator, which must answer the same."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from launcher import postgres
from launcher.environment import ROOT
from simulator.supabase import policy
from tests.support.environment import STRICT

TOPIC = "finito:topic"
# What the server's migrations leave behind (lib/realtime/tenants/repo/migrations), as far as policies see it.
SCHEMA = """
    create role anon; create role authenticated; create role service_role bypassrls;
    create role supabase_realtime_admin noinherit;
    create schema realtime;
    grant usage on schema realtime to anon, authenticated, service_role;
    create table realtime.messages (
      topic text not null, extension text not null, payload jsonb, event text, private boolean default false,
      updated_at timestamp not null default now(), inserted_at timestamp not null default now(),
      id uuid not null default gen_random_uuid(), primary key (id, inserted_at)
    ) partition by range (inserted_at);
    create table realtime.messages_of_today partition of realtime.messages default;
    alter table realtime.messages enable row level security;
    grant select, insert, update on realtime.messages to anon, authenticated, service_role;
    alter table realtime.messages owner to supabase_realtime_admin;
    create function realtime.topic() returns text language sql stable as
      $$ select nullif(current_setting('realtime.topic', true), '')::text $$;
"""
CONFIGURE = """
    select set_config('role', %s, true), set_config('realtime.topic', %s, true),
           set_config('request.jwt.claims', %s, true), set_config('request.headers', '{}', true)
"""
EXTENSIONS = ("broadcast", "presence")


@dataclass(frozen=True)
class Probe:
    """Somebody with these claims asks for a topic: what of it they may read, and what write."""

    claims: dict[str, Any]
    topic: str = TOPIC
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    role: str = "authenticated"


PROBES = {
    "its own topic is heard": Probe({"finito_topic": TOPIC}, reads=("broadcast",)),
    "another is not": Probe({"finito_topic": "finito:other"}),
    "nor one that only begins so": Probe({"finito_topic": "finito:%"}),
    "nor without the claim": Probe({}),
    "nor by an empty claim": Probe({"finito_topic": ""}),
    "nor by a claim that is null": Probe({"finito_topic": None}),
    "nor by anybody who is not signed in": Probe({"finito_topic": TOPIC}, role="anon"),
    "nor is what others have made": Probe({"finito_topic": TOPIC}, topic="room:1"),
    "the publisher broadcasts and hears nothing": Probe({"finito_publisher": True}, writes=("broadcast",)),
    "the publisher by a claim of text": Probe({"finito_publisher": "true"}, writes=("broadcast",)),
    "the publisher broadcasts nowhere else": Probe({"finito_publisher": True}, topic="room:1"),
    "not without saying yes": Probe({"finito_publisher": False}),
    "not by anybody who is not signed in": Probe({"finito_publisher": True}, role="anon"),
    "the service role passes by": Probe({}, reads=EXTENSIONS, writes=EXTENSIONS, role="service_role"),
}


@pytest.fixture(scope="module")
def database() -> Iterator[psycopg.Connection]:
    """A cluster of its own, since roles belong to the whole of one."""
    if postgres.binaries() is None:
        (pytest.fail if STRICT else pytest.skip)("needs PostgreSQL's server")
    with TemporaryDirectory() as directory, ExitStack() as stack:
        Path(directory).chmod(0o711)  # PostgreSQL's owner passes through
        url = stack.enter_context(postgres.cluster(Path(directory) / "cluster", postgres.THROWAWAY))
        connection = stack.enter_context(psycopg.connect(f"{url}/postgres"))
        connection.execute(SCHEMA)
        for _ in range(2):  # whoever is in doubt runs it again
            connection.execute((ROOT / "docs" / "supabase.sql").read_text())
        connection.commit()
        yield connection


def configure(database: psycopg.Connection, probe: Probe) -> None:
    database.execute(CONFIGURE, [probe.role, probe.topic, json.dumps({"role": probe.role, **probe.claims})])


def readable(database: psycopg.Connection, probe: Probe) -> tuple[str, ...]:
    """Insert two rows, become the one who asks, and see which are there (authorization.ex, get_read_policies)."""
    with database.transaction(force_rollback=True):
        insert = "insert into realtime.messages (topic, extension) values (%s, %s) returning id"
        rows = [database.execute(insert, [probe.topic, extension]).fetchone() for extension in EXTENSIONS]
        configure(database, probe)
        seen = database.execute("select id from realtime.messages where topic = %s", [probe.topic]).fetchall()
        return tuple(extension for extension, row in zip(EXTENSIONS, rows, strict=True) if row in seen)


def writable(database: psycopg.Connection, probe: Probe) -> tuple[str, ...]:
    """Become the one who asks, and try to insert (get_write_policies)."""
    written = []
    with database.transaction(force_rollback=True):
        configure(database, probe)
        for extension in EXTENSIONS:
            try:
                with database.transaction():
                    row = [probe.topic, extension]
                    database.execute("insert into realtime.messages (topic, extension) values (%s, %s)", row)
            except psycopg.errors.InsufficientPrivilege:
                continue
            written.append(extension)
    return tuple(written)


@pytest.mark.parametrize("name", PROBES)
def test_it_lets_read_and_write_what_it_should(name: str, database: psycopg.Connection) -> None:
    probe = PROBES[name]
    assert readable(database, probe) == probe.reads
    assert writable(database, probe) == probe.writes


@pytest.mark.parametrize("name", PROBES)
def test_it_is_played_as_it_is(name: str) -> None:
    probe = PROBES[name]
    claims = {"role": probe.role, **probe.claims}
    assert policy.may_hear("finito", claims, probe.topic) is ("broadcast" in probe.reads)
    assert policy.may_speak("finito", claims, probe.topic) is ("broadcast" in probe.writes)


def test_it_refuses_everybody_without_the_policies(database: psycopg.Connection) -> None:
    with database.transaction(force_rollback=True):
        database.execute("drop policy finito_listen on realtime.messages")
        database.execute("drop policy finito_publish on realtime.messages")
        for name in ("its own topic is heard", "the publisher broadcasts and hears nothing"):
            assert readable(database, PROBES[name]) == writable(database, PROBES[name]) == ()


def test_it_asks_no_claims_of_a_connection_that_has_none(database: psycopg.Connection) -> None:
    with database.transaction(force_rollback=True):
        database.execute("select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '', true)")
        assert database.execute("select * from realtime.messages").fetchall() == []
