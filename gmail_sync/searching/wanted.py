"""What a page asks for beside the inbox: mail by its reader's query, or a view, which is one of Gmail's lists. Pure."""

from dataclasses import dataclass
from datetime import tzinfo

from gmail_sync.labels import OWN_LABEL
from gmail_sync.searching.query import Term, Unusable, for_gmail, names_spam_or_trash, terms

# By their names in an address, with the labels that make each; all mail has none.
VIEWS: dict[str, tuple[str, ...]] = {
    "unread": ("INBOX", "UNREAD"),
    "starred": ("STARRED",),
    "sent": ("SENT",),
    "all": (),
    "spam": ("SPAM",),
    "trash": ("TRASH",),
}
HIDDEN = ("SPAM", "TRASH")  # as in Gmail, they are in no other view


@dataclass(frozen=True)
class Question:
    """What one mailbox is asked: Gmail's words or labels, and which page."""

    query: str
    spam_and_trash: bool
    token: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """A query, or a view by its name."""

    query: str = ""
    view: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels that make the view; none for all mail, and for a query."""
        return VIEWS.get(self.view, (self.view,)) if self.view else ()

    def terms(self) -> list[Term]:
        """Return what the mirror can look for."""
        if not self.view:
            return terms(self.query)
        return [*(Term("label", label) for label in self.labels), *self._hidden]

    def terms_of_gmail(self) -> list[Term]:
        """Return the same, less what Gmail leaves out of what it finds unless it is named."""
        found = self.terms()
        return found if self.view or not found or names_spam_or_trash(self.query) else [*found, *self._hidden]

    @property
    def _hidden(self) -> list[Term]:
        return [Term("label", label, negated=True) for label in HIDDEN if label not in self.labels]

    def question(self, zone: tzinfo, token: str) -> Question:
        """Return what a mailbox is asked for the page of `token`."""
        if self.view:
            return Question("", not set(HIDDEN).isdisjoint(self.labels), token, self.labels)
        return Question(for_gmail(self.query, zone), names_spam_or_trash(self.query), token)


def parse_view(name: str, account_id: int | None) -> Wanted:
    """Return the view of this name, which may be the id of one mailbox's own label. Raises Unusable."""
    if name not in VIEWS and not (account_id is not None and OWN_LABEL.fullmatch(name)):
        raise Unusable("there is no such view")
    return Wanted(view=name)
