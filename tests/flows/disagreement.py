"""Says why page, mirror and Gmail are not one: everything that a failure has to say, since it may not come again."""

from collections.abc import Collection
from contextlib import closing

from simulator.state import State
from tests.support.live import Stack
from tests.support.live_mailbox import query
from tests.support.live_page import Page
from tests.support.waiting import eventually

ACCOUNT = (
    *("history_id", "notified_history_id", "resync_pin", "resync_requested", "state", "mirrored"),
    *("wakes", "unsettled_reads", "failures"),
    *("claim", "claim_expires_at", "next_sync_at", "retry_at", "last_synced_at", "last_push_at", "last_error"),
)


def eventually_agrees(page: Page, stack: Stack, email: str, without: Collection[str] = ()) -> None:
    """Wait until page, mirror and Gmail are one, or fail with what each of them has and how it came about."""
    eventually(lambda: page.agrees(stack, email, without), why=lambda: story(page, stack, email, without))


def story(page: Page, stack: Stack, email: str, without: Collection[str] = ()) -> str:
    """Tell the mails on which the sides differ, with rows, records and events of each; the account, ledger and logs."""
    lines = []
    mails = {message["id"]: message for message in stack.simulator.dump(email)["messages"]}
    rows = dict(query(stack, "SELECT gmail_id, history_id FROM gmail_sync_message"))
    with closing(State(stack.directory / "simulator.sqlite3")) as state:
        records = [document for _, document in state.load("record", f"{email}/")]
    for gmail_id, (gmail, mirror, shown) in page.differences(stack, email, without).items():
        lines += [f"{gmail_id}: Gmail {gmail}, mirror {mirror}, page {shown}"]
        lines += [f"  in Gmail: {mails.get(gmail_id)}", f"  the row's history_id: {rows.get(gmail_id)}"]
        lines += [f"  record: {record}" for record in records if record["message_id"] == gmail_id]
        frames = [frame for frame in page.frames if frame.payload.get("message", {}).get("id") == gmail_id]
        lines += [f"  event {frame.id}: {frame.event} {frame.payload}" for frame in frames]
    (values,) = query(stack, f"SELECT {', '.join(ACCOUNT)} FROM gmail_sync_gmailaccount WHERE email = '{email}'")
    lines += [f"{name}: {value}" for name, value in zip(ACCOUNT, values, strict=True)]
    ledger = query(stack, "SELECT gmail_id, attempts, skipped, reason, updated_at FROM gmail_sync_skippedmessage")
    lines += [f"ledger: {entry}" for entry in ledger]
    lines += [f"last events: {[(frame.id, frame.event) for frame in page.frames[-20:]]}"]
    for name in stack.commands:
        if name.startswith("worker"):
            lines += [f"{name}: {line}" for line in stack.log(name).splitlines()[-30:]]
    return "\n".join(lines)
