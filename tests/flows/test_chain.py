"""The whole way through live processes: two webs, a worker, Valkey, a database and the simulator."""

import copy
import json
from typing import TYPE_CHECKING

from tests.flows.inbox_state import InboxState
from tests.live import Stack
from tests.live_clients import SignedIn
from tests.live_stream import Stream

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EMAIL = "ann@gmail.example"


def listed(user: SignedIn) -> InboxState:
    """What a page that is opened now begins with."""
    answer = user.get("/messages/").json()
    return InboxState(answer["cursor"], answer["messages"])


def mirror(stack: Stack) -> dict[str, set[str]]:
    """The mirror's rows, read as another program would."""
    code = (
        "import json; from gmail_sync.models import Message; "
        "print('ROWS', json.dumps(dict(Message.objects.values_list('gmail_id', 'label_ids'))))"
    )
    (line,) = [line for line in stack.python(code).splitlines() if line.startswith("ROWS ")]
    return {gmail_id: set(labels) for gmail_id, labels in json.loads(line[5:]).items()}


def in_gmail(stack: Stack) -> dict[str, set[str]]:
    """The mailbox's true state."""
    return {message["id"]: set(message["label_ids"]) for message in stack.simulator.dump(EMAIL)["messages"]}


def make_changes(stack: Stack) -> None:
    """Twenty mails arrive; some are read, starred, archived, trashed and deleted; then "the last" arrives."""
    simulator = stack.simulator
    ids = [simulator.deliver(EMAIL, subject=f"Mail {number}")[0] for number in range(20)]
    for gmail_id in ids[:5]:
        simulator.change(EMAIL, gmail_id, "modify", remove=["UNREAD"])
    simulator.change(EMAIL, ids[5], "modify", add=["STARRED"])
    simulator.change(EMAIL, ids[6], "modify", remove=["INBOX"])
    simulator.change(EMAIL, ids[7], "trash")
    simulator.change(EMAIL, ids[8], "trash")
    simulator.change(EMAIL, ids[8], "untrash")
    simulator.change(EMAIL, ids[9], "delete")
    simulator.deliver(EMAIL, subject="the last")


def wait_for_mail(stream: Stream, subject: str) -> None:
    """Wait until the mail has come."""
    stream.wait_for("message.added", where=lambda frame: frame.data["message"]["subject"] == subject)


def test_it_shows_on_every_page_what_is_in_gmail_and_to_nobody_else(stack: Stack) -> None:
    ann, bob = stack.sign_in("ann"), stack.sign_in("bob")
    ann.connect(EMAIL, messages=10)
    page = listed(ann)
    archived = in_gmail(stack).keys() - page.labels.keys()  # before it was connected: not mirrored
    with ann.stream(0, page.cursor) as first, ann.stream(1, page.cursor) as second, bob.stream(1) as strange:
        make_changes(stack)
        for stream in (first, second):
            wait_for_mail(stream, "the last")
            state = copy.deepcopy(page)
            state.apply(stream.mail_events)
            truth = {gmail_id: labels for gmail_id, labels in in_gmail(stack).items() if gmail_id not in archived}
            assert state.labels == mirror(stack) == truth
        assert not strange.mail_events


def test_it_goes_on_where_a_stream_was_cut(stack: Stack) -> None:
    ann = stack.sign_in("ann")
    ann.connect(EMAIL, messages=3)
    page = listed(ann)
    for number in range(6):
        with ann.stream(number % 2, page.cursor) as stream:
            stack.simulator.deliver(EMAIL, subject=f"Mail {number}")
            wait_for_mail(stream, f"Mail {number}")
            page.apply(stream.mail_events[: number % 3])  # the rest is lost on the way
    stack.simulator.deliver(EMAIL, subject="the last")
    with ann.stream(0, page.cursor) as stream:
        wait_for_mail(stream, "the last")
        page.apply(stream.mail_events)
    assert page.labels == in_gmail(stack)


def test_it_moves_a_page_in_a_real_browser(stack: Stack, chromium: "Browser") -> None:
    ann = stack.sign_in("ann")
    ann.connect(EMAIL, messages=3)
    page = chromium.new_page()
    page.goto(stack.url())
    page.fill("[name=username]", "ann")
    page.fill("[name=password]", "ann")
    page.click("[type=submit]")
    (gmail_id,) = stack.simulator.deliver(EMAIL, subject="Straight from Gmail")
    page.locator(".row.unread", has_text="Straight from Gmail").wait_for()
    stack.simulator.change(EMAIL, gmail_id, "modify", remove=["UNREAD"])
    page.locator(".row:not(.unread)", has_text="Straight from Gmail").wait_for()
    stack.simulator.change(EMAIL, gmail_id, "trash")
    page.locator(".row", has_text="Straight from Gmail").wait_for(state="detached")
