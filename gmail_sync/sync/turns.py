"""How long a mailbox may be read before others have their turn, and when a listing is given up as endless."""

from gmail_sync.exceptions import TurnOver

PAGES_A_TURN = 20  # of 500 records each
IDLE_PAGES = 100  # Gmail does answer pages without anything on them, but hardly so many in a row (docs/gmail.md)


class Turn:
    """Counts the pages of a listing; `reached` is whatever grows as long as it gets on."""

    def __init__(self, reached: int) -> None:
        self._reached = reached
        self._pages = self._idle = 0

    def after_page(self, reached: int) -> bool:
        """Call it after each page that is not the last. False: the listing gets nowhere, and does not end.

        Raises TurnOver after twenty pages, at one that got further: what only repeats itself ends as endless.
        """
        self._pages += 1
        self._idle = 0 if reached > self._reached else self._idle + 1
        self._reached = max(reached, self._reached)
        if self._pages >= PAGES_A_TURN and self._idle == 0:
            raise TurnOver
        return self._idle < IDLE_PAGES
