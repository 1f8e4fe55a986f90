"""A mailbox's watch: where its notifications go, until when and about what."""

from dataclasses import asdict, dataclass

from simulator.mailbox.history import Record
from simulator.state import Document

WATCH_MS = 7 * 24 * 3600 * 1000  # a watch ends after seven days (users.watch)


@dataclass(frozen=True)
class Watch:
    """expiration is in milliseconds; behavior says whether label_ids are the wanted or the unwanted ones."""

    topic: str
    expiration: int
    label_ids: tuple[str, ...] = ()
    behavior: str = "include"

    def live(self, now_ms: int) -> bool:
        """Tell whether it has not ended yet; `now_ms` is in milliseconds."""
        return now_ms < self.expiration

    def wants(self, record: Record) -> bool:
        """Tell whether the label filter lets a change through."""
        if not self.label_ids:
            return True
        touched = {*record.label_ids, *record.labels_added, *record.labels_removed}
        return touched.isdisjoint(self.label_ids) == (self.behavior == "exclude")

    def document(self) -> Document:
        """For the state file and the control API."""
        return asdict(self)


def load_watch(document: Document | None) -> Watch | None:
    """Return a watch from the state file."""
    return Watch(**{**document, "label_ids": tuple(document["label_ids"])}) if document else None
