"""Chooses the tests of `bin/test --quick`, and those that it runs on the second database, too.

A test runs on both if its law is about what the database does: locks and the order of commits, transactions and
constraints, plans and raw SQL, orders and comparisons, values that a column does not take, its clock, its errors. If
the law is about what is drawn, said, refused or sent, and the statements behind it are the ORM's, which other tests
ask both databases, it has the mark `any_database` and runs on one.
"""

import pytest

from launcher.environment import ROOT

# Tests that take their time: processes of its own, Google played over HTTP, tables that are emptied after each test.
SLOW_ROOMS = {"flows", "proxies", "clients", "browser", "conformance", "load", "bench"}
SLOW_FIXTURES = {"google", "shared", "stack", "checkout", "chromium", "transactional_db", "supabase"}
# Those that ask a database: by fixtures, or by a stack or a database that they make themselves.
DATABASE_FIXTURES = {"db", "transactional_db", "stack", "shared"}
DATABASE_NAMES = {"Stack", "fresh_database", "run_kind"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out whatever is slow by its kind")
    parser.addoption("--again", action="store_true", help="on the second database: leave out what asks none")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose the tests of bin/test --quick, and of its second database."""
    for option, is_left_out in (("--quick", _is_slow), ("--again", _asks_no_database)):
        if config.getoption(option):
            left_out = {item for item in items if is_left_out(item)}
            config.hook.pytest_deselected(items=list(left_out))
            items[:] = [item for item in items if item not in left_out]


def _asks_no_database(item: pytest.Item) -> bool:
    asks = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("django_db")
    makes = DATABASE_NAMES & set(vars(getattr(item, "module", None) or object))
    return bool(item.get_closest_marker("any_database") or not (asks or makes))


def _is_slow(item: pytest.Item) -> bool:
    database = item.get_closest_marker("django_db")
    empties = database is not None and database.kwargs.get("transaction", False)
    marked = item.get_closest_marker("slow") or item.get_closest_marker("chaos")
    room = item.path.relative_to(ROOT / "tests").parts[0]
    return bool(room in SLOW_ROOMS or empties or marked or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())))
