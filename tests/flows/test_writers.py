"""Many processes write one user's events: whatever is committed arrives once and in order, and nothing else does."""

import json
import re
import sys
from collections.abc import Callable, Iterator

import pytest

from launcher.environment import ROOT
from launcher.supervisor import Failed
from tests.support.live import Stack
from tests.support.live_clients import SignedIn
from tests.support.live_mailbox import query, user_id
from tests.support.live_page import Page, delays
from tests.support.waiting import eventually

WRITERS = 8
SETUP = """
import json, os, random, signal, sys, time
import django
django.setup()
from django.db import transaction
from realtime.log import eventlog
from gmail_sync.events import MessageDeleted
"""
# Transactions of some users in any order, some taken back after their numbers were taken. Prints what was committed.
WRITE = (
    SETUP
    + """
names, transactions, users = sys.argv[1].split(), int(sys.argv[2]), json.loads(sys.argv[3])
for name in names:
    if not os.fork():  # a process of its own that need not load everything
        break
else:
    sys.exit(any([os.wait()[1] for _ in names]))
chance, committed = random.Random(name), {user: [] for user in users}
for _ in range(transactions):
    chosen = chance.sample(users, chance.randint(1, len(users)))
    ids = [f"{name}-{time.monotonic_ns()}-{number}" for number in range(chance.randint(1, 3))]
    try:
        with eventlog.atomic() as log:
            for gmail_id in ids:
                log.append(chosen, MessageDeleted(1, gmail_id, gmail_id))
            if chance.random() < 0.2:
                log.write()
                raise ZeroDivisionError
    except ZeroDivisionError:
        continue
    for user in chosen:
        committed[user] += ids
    time.sleep(chance.uniform(0, 0.1))
os.write(1, f"COMMITTED {name} {json.dumps(committed)}\\n".encode())  # in one: others write there, too
"""
)
APPEND = (
    SETUP
    + """
with eventlog.atomic() as log:
    if "{then}" == "die":
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))  # runs before the notice is sent
    log.append([{user}], MessageDeleted(1, "{gmail_id}", "{gmail_id}"))
    if "{then}" == "take back":
        log.write()
        raise ZeroDivisionError
"""
)


@pytest.fixture
def pages(user: SignedIn) -> Iterator[list[Page]]:
    """The user's pages at both webs."""
    with Page(user, web=0) as first, Page(user, web=1) as second:
        yield [first, second]


def append(stack: Stack, user: SignedIn, gmail_id: str, then: str = "") -> None:
    """Another process writes one event, and perhaps dies or takes it back."""
    stack.python(APPEND.format(user=user_id(stack, user.name), gmail_id=gmail_id, then=then))


def written_ids(page: Page) -> list[str]:
    return [frame.payload["message"]["id"] for frame in page.frames if frame.event == "message.deleted"]


def test_rule_13_what_a_process_committed_before_it_died_arrives_within_12_s(
    shared: Stack, user: SignedIn, pages: list[Page]
) -> None:
    with pytest.raises(Failed, match="SIGKILL"):
        append(shared, user, "last words", then="die")
    eventually(lambda: all(written_ids(page) == ["last words"] for page in pages))
    late = delays(frame for page in pages for frame in page.frames)
    print(f"FIGURE crash between commit and publish: {max(late):.3f} s")  # noqa: T201
    assert max(late) < 20  # 12 s on a machine that is not busy: see the figure


def test_rule_13_the_next_event_brings_what_was_not_announced(shared: Stack, user: SignedIn, pages: list[Page]) -> None:
    with pytest.raises(Failed, match="SIGKILL"):
        append(shared, user, "last words", then="die")
    append(shared, user, "next")
    eventually(lambda: all(written_ids(page) == ["last words", "next"] for page in pages))


def test_rule_08_what_was_taken_back_is_not_delivered_and_leaves_no_hole(
    shared: Stack, user: SignedIn, pages: list[Page]
) -> None:
    append(shared, user, "first")
    with pytest.raises(Failed, match="ZeroDivisionError"):
        append(shared, user, "never", then="take back")
    append(shared, user, "second")
    eventually(lambda: all(written_ids(page) == ["first", "second"] for page in pages))  # and without a hole


def write(stack: Stack, transactions: int, users: list[int]) -> list[dict[str, list[str]]]:
    """Return what each writer committed for each user."""
    names = [f"writer{number}" for number in range(WRITERS)]
    command = [sys.executable, "-c", WRITE, " ".join(names), str(transactions), json.dumps(users)]
    child = stack.supervisor.start("writers", command, stack.environment, ROOT, lasting=False)
    stack.supervisor.finish(child, 60 + transactions)
    committed = dict(re.findall(r"^COMMITTED (\S+) (.+)$", stack.log("writers"), re.MULTILINE))
    return [json.loads(committed[name]) for name in names]


@pytest.mark.parametrize("transactions", [50, pytest.param(600, marks=pytest.mark.chaos)])  # of each writer
def test_rule_08_eight_writers_at_once_lose_and_reorder_nothing(
    shared: Stack, new_users: Callable[[int], list[SignedIn]], transactions: int
) -> None:
    users = new_users(4)
    keys = [user_id(shared, user.name) for user in users]
    pages = [Page(user, web) for user in users for web in (0, 1)]
    written = write(shared, transactions, keys)
    for page, key in zip(pages, [key for key in keys for _ in (0, 1)], strict=True):
        ((head,),) = query(shared, f"SELECT last_seq FROM realtime_eventstream WHERE user_id = {key}")
        eventually(lambda page=page, head=head: int(page.cursor.rpartition("-")[2]) >= head)  # type: ignore[misc]
        came = written_ids(page)
        for number, each in enumerate(written):
            assert [gmail_id for gmail_id in came if gmail_id.startswith(f"writer{number}-")] == each[str(key)]
        assert len(came) == sum(len(each[str(key)]) for each in written) > transactions
        page.close()
    late = [seconds for page in pages for seconds in delays(page.frames)]
    print(f"FIGURE {WRITERS} writers, {transactions} transactions each: {len(late)} events, max {max(late):.3f} s")  # noqa: T201
