"""The demo's life: it never stands still and never grows without end (world/trickle.py)."""

from simulator.options import Options
from simulator.world.trickle import LARGEST_MAILBOX, happen
from simulator.world.world import World


def test_it_begins_with_a_mail_and_goes_on_in_every_way() -> None:
    world = World(Options(mailbox=["a@example.com"]))
    mailbox = world.mailboxes["a@example.com"]
    happen(world, mailbox, 0)
    assert len(mailbox.messages) == 1
    for step in range(1, 400):
        happen(world, mailbox, step)
    touched = {label for record in mailbox.history for label in (*record.labels_added, *record.labels_removed)}
    assert touched >= {"UNREAD", "STARRED", "INBOX", "TRASH"}
    assert len(mailbox.messages) == LARGEST_MAILBOX
