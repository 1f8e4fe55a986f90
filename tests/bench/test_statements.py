"""Statements are counted by PostgreSQL's own log (bench/statements.py)."""

from bench.statements import Asked, counted

LOG = """\
[7] worker0 LOG:  statement: SELECT current_setting('transaction_read_only'), set_config('a', '1', false)
[7] worker0 LOG:  statement: BEGIN
[7] worker0 LOG:  execute <unnamed>: SELECT "id" FROM "account"
\tWHERE "due" FOR UPDATE
[8] worker0 LOG:  statement: UPDATE "account" SET "wakes" = 1
[7] worker0 LOG:  execute _pg3_1: UPDATE "account" SET "claim" = 'UPDATE'
[9] web LOG:  statement: UPDATE "account" SET "wakes" = 2
[7] worker0 LOG:  statement: COMMIT
[7] worker0 LOG:  statement: BEGIN
[7] worker0 LOG:  statement: INSERT INTO "message" VALUES (1)
[7] worker0 LOG:  statement: ROLLBACK
[8] worker0 LOG:  statement: SELECT 1
"""
LAID_OUT = """\
[7] worker0 LOG:  statement: 
[7] worker0 LOG:  statement: 
\t    WITH free (pk) AS (SELECT 1 FOR UPDATE)
\t    UPDATE account SET claim = 'one'
\t
"""  # noqa: W291  # as the server writes it


def test_it_counts_the_statements_of_one_process() -> None:
    assert counted(LOG, "worker0") == Asked(statements=9, checks=1, writing_commits=2)


def test_it_counts_nothing_of_others() -> None:
    assert counted(LOG, "web") == Asked(statements=1, checks=0, writing_commits=1)
    assert counted(LOG, "worker1") == Asked(statements=0, checks=0, writing_commits=0)


def test_it_counts_a_statement_that_begins_with_a_line_break() -> None:
    assert counted(LAID_OUT, "worker0") == Asked(statements=1, checks=1, writing_commits=1)
