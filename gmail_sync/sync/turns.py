"""Limit how long a mailbox is read before others have their turn, and give up listings that do not end."""

from gmail_sync.exceptions import TurnOver

PAGES_A_TURN = 20  # of 500 records each
IDLE_PAGES = 100  # Gmail does answer pages without anything on them, but hardly so many in a row (docs/gmail.md)


class Turn:
    """The pages of one listing; `reached` is a number that grows as long as the listing makes progress."""

    def __init__(self, reached: int) -> None:
        self._reached = reached
        self._pages = self._idle = 0

    def after_page(self, reached: int) -> bool:
        """Count a page that is not the last. Returns False when the listing makes no progress and does not end.

        Raises TurnOver after twenty pages, at one that made progress: a listing that repeats itself is endless.
        """
        self._pages += 1
        self._idle = 0 if reached > self._reached else self._idle + 1
        self._reached = max(reached, self._reached)
        if self._pages >= PAGES_A_TURN and self._idle == 0:
            raise TurnOver
        return self._idle < IDLE_PAGES
