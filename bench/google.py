"""The simulator's control API with what the benchmarks read from it."""

from simulator.client import SimulatorClient


class Google(SimulatorClient):
    """The simulator, and what it has counted."""

    def unread_ids(self, email: str) -> list[str]:
        """Return the unread of the inbox that no case has starred, newest first."""
        messages = self.dump(email)["messages"]
        return [
            one["id"] for one in messages if {"INBOX", "UNREAD"} == {"INBOX", "UNREAD", "STARRED"} & {*one["label_ids"]}
        ]

    def notify(self, email: str, history_id: int) -> None:
        """Push once more, whatever was pushed before."""
        self.change_account(email, "notify", history_id=history_id)

    def units_by_mailbox(self) -> dict[str, dict[str, int]]:
        """Return the units that the calls for each mailbox have cost, by method."""
        return dict(self.meter()["units_by_mailbox"])

    def units(self, email: str) -> dict[str, int]:
        """Return the same for one mailbox."""
        return self.units_by_mailbox().get(email, {})

    def refusals(self) -> int:
        """Count the calls of Gmail's that were answered 403 or 429."""
        calls = self.meter()["calls"]
        return sum(count for method in calls.values() for status, count in method.items() if status in ("403", "429"))

    def watch(self, access_token: str, topic: str) -> None:
        """Ask for notifications as the mailbox's owner."""
        headers = {"Authorization": f"Bearer {access_token}"}
        self.http.post("/gmail/v1/users/me/watch", json={"topicName": topic}, headers=headers).raise_for_status()
