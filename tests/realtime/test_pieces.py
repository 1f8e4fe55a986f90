"""No query has as many variables as a stranger or a crowd chooses (RULES R20)."""

import ast
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from realtime.log import eventlog, reading
from realtime.pieces import pieces
from realtime.stream import sessions
from tests.realtime.happened import Happened

ROOT = Path(__file__).resolve().parents[2]
MANY = 300_000
# What is not a piece, and yet bounded or a subquery.
BOUNDED = {
    "SYNCABLE", "PATIENT", "READ", "UNPUSHED", "unwatchable", "accounts", "mailbox", "gmail_ids", "emails",
    "nearest", "[row.pk for row in free.only('pk').order_by('pk')]", "list(rows)", "list(holders)", "outside",
    "watches", "superseded", "account_ids", "announced", "doubted", "missing", "news", "times",
    "User.objects.all()", "[WatchState.FAILED, WatchState.SILENT]",
    "['syncing', 'connected']", "self.which().order_by().values('pk')",
    "rollout.groups.all()", "[Given('piece')]",
}  # fmt: skip
BY_OPERATORS = {"gmail_sync/admin/actions.py", "gmail_sync/admin/skipped.py", "gmail_sync/admin/watches.py"}


def given_to_in(path: Path) -> list[str]:
    """What the file's queries look for by `__in`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [ast.unparse(k.value) for call in calls for k in call.keywords if k.arg and k.arg.endswith("__in")]


def test_every_query_over_ids_is_cut() -> None:
    sources = [path for app in ("gmail_sync", "realtime", "operators", "finito") for path in (ROOT / app).rglob("*.py")]
    found = {(str(path.relative_to(ROOT)), what) for path in sources for what in given_to_in(path)}
    assert {what for _, what in found} >= {"piece", "SYNCABLE"}
    assert not {(path, what) for path, what in found if what not in {"piece", *BOUNDED} and path not in BY_OPERATORS}


def test_pieces_are_all_of_it_in_order() -> None:
    assert list(pieces(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(pieces([])) == []


def test_rule_20_heads_of_any_number_of_users_are_read(transactional_db: None) -> None:
    ann = User.objects.create_user("ann")
    with eventlog.atomic() as log:
        log.append([ann.pk], Happened())
    assert reading.heads(range(MANY)).keys() == {ann.pk}


def test_rule_20_any_number_of_sessions_is_looked_at(transactional_db: None) -> None:
    assert sessions.signed_in(f"{number:032}" for number in range(MANY)) == {}


def test_rule_20_a_mailbox_of_any_number_of_users_is_told(transactional_db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("realtime.pieces.SIZE", 2)
    users = [User.objects.create(username=str(number)) for number in range(5)]
    with eventlog.atomic() as log:
        log.append([user.pk for user in users], Happened())
    assert {head.seq for head in reading.heads(user.pk for user in users).values()} == {1}
    assert eventlog.renew_epochs(user.pk for user in users) == 5
