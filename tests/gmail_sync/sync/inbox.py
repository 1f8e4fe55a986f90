"""Gives Gmail's inbox as the mirror has to have it."""

from tests.support.google.harness import Mailbox


def inbox(gmail: Mailbox) -> dict[str, list[str]]:
    """Return Gmail's inbox in the form of the mirror."""
    return {m["id"]: sorted(m["label_ids"]) for m in gmail.state["messages"] if "INBOX" in m["label_ids"]}
