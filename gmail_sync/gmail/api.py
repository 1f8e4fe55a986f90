"""Ask Gmail: with bodies.py and changing.py, the only file that knows its methods. Gmail's spelling ends here.

Specification: https://developers.google.com/gmail/api/reference/rest (what it leaves out: docs/gmail.md)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gmail_sync.exceptions import (
    GmailError,
    GmailMisconfigured,
    GmailThrottled,
    GmailUnavailable,
    HistoryExpired,
    HistoryUnavailable,
    NotFound,
    for_operators,
)
from gmail_sync.gmail import values
from gmail_sync.gmail.history import Record, parse_records
from gmail_sync.gmail.http import Call, GmailHttp, service
from gmail_sync.gmail.metadata import GONE, Counts, Fetched, Headers, Trouble, parse_counts, parse_headers
from gmail_sync.states import TroubleKind

PAGE_SIZE = 500
BATCH_SIZE = 25  # more at once is answered by "Too many concurrent requests for user" (docs/gmail.md)
HEADER_NAMES = ["From", "To", "Subject"]
INBOX = "INBOX"  # also the name of its call within a batch; message ids are hexadecimal
UNREADABLE = (LookupError, ValueError, TypeError, AttributeError)  # an answer that is not what Google promises


@dataclass(frozen=True)
class HistoryPage:
    """One answer of history.list: `newest` is the mailbox's historyId, an empty `token` ends the listing."""

    records: list[Record]
    newest: int
    token: str


@dataclass(frozen=True)
class IdPage:
    """One answer of messages.list; `estimate` is how many there may be in all."""

    ids: list[str]
    token: str
    estimate: int


class Gmail(GmailHttp):
    """One mailbox. Every method raises GmailError, GrantLost for a mailbox that is gone."""

    answered = False  # whether messages.get gave anything in this turn
    counts: Counts | None = None  # of the inbox, from the batch that was asked for them too
    counts_refused = False

    def profile(self) -> tuple[str, int]:
        """Return the mailbox's address, as its pushes spell it, and its present historyId (1 unit)."""
        answer = self.call("getProfile", service().users.getProfile(userId="me"))
        email = str(answer["emailAddress"]).lower()
        if "@" not in email or " " in email or not email.isprintable() or len(email) > 254:
            raise ValueError("no address")  # it decides whose the mailbox is and how its pushes are known
        return email, int(answer["historyId"])

    def history(self, start: int, skip_unreadable: bool = False) -> Iterator[HistoryPage]:
        """Yield the records after `start`, a page at a time (2 units each); the last one has no token.

        Raises HistoryExpired if Gmail no longer goes back that far, HistoryUnavailable if it gives no page.
        """
        page = self._history_page(start, "", skip_unreadable)
        yield page
        while page.token:
            page = self._history_page(start, page.token, skip_unreadable)
            yield page

    def _history_page(self, start: int, token: str, skip_unreadable: bool) -> HistoryPage:
        request = service().history.list(
            userId="me", startHistoryId=str(start), maxResults=PAGE_SIZE, pageToken=token or None
        )
        try:
            page = self.call("history.list", request, HistoryExpired)
            records = parse_records(page, skip_unreadable)
            return HistoryPage(records, int(page["historyId"]), str(page.get("nextPageToken") or ""))
        except GmailThrottled:
            raise
        except (GmailUnavailable, GmailMisconfigured) as refusal:
            raise HistoryUnavailable(str(refusal), getattr(refusal, "retry_after", None)) from refusal
        except UNREADABLE as error:
            raise HistoryUnavailable(f"history.list: {type(error).__name__}: {error}") from error

    def message_ids(self, label_ids: list[str], limit: int = PAGE_SIZE, token: str = "") -> IdPage:  # nosec B107
        """Return the ids of the newest messages that have all of these labels, newest first (5 units)."""
        request = service().messages.list(
            userId="me", labelIds=label_ids, maxResults=min(limit, PAGE_SIZE), pageToken=token or None
        )
        return self._id_page(request)

    def search(
        self, query: str, limit: int, token: str, spam_and_trash: bool = False, labels: Iterable[str] = ()
    ) -> IdPage:
        """Return the ids of the newest messages that Gmail's own search finds, with all of these labels (5 units)."""
        request = service().messages.list(
            userId="me",
            q=query or None,
            labelIds=list(labels) or None,
            maxResults=limit,
            pageToken=token or None,
            includeSpamTrash=spam_and_trash,
        )
        return self._id_page(request)

    def _id_page(self, request: Any) -> IdPage:
        page = self.call("messages.list", request)
        try:
            ids = [known for message in page.get("messages", []) if (known := values.usable_id(message["id"]))]
            return IdPage(ids, str(page.get("nextPageToken") or ""), values.count(page.get("resultSizeEstimate", 0)))
        except UNREADABLE as error:
            raise GmailUnavailable(f"messages.list: {type(error).__name__}: {error}") from error

    def headers(self, gmail_ids: list[str], counts: bool = False) -> tuple[Fetched, dict[str, GmailError]]:
        """Return metadata of at most 25 messages (20 units each), and the refusals of others (fetching.py).

        `counts` asks for the inbox's counts in the same batch (1 unit): `self.counts` has them, or `counts_refused`.
        """
        calls = {gmail_id: Call("messages.get", _metadata_of(gmail_id)) for gmail_id in gmail_ids}
        if counts:
            calls[INBOX] = Call("labels.get", _label(INBOX))
        answers, refusals = self.batch(calls)
        if counts:
            refusals.pop(INBOX, None)  # no message's, and no reason to go without the messages
            self._note_counts(answers.pop(INBOX, None))
        fetched: Fetched = {gmail_id: _read(gmail_id, answer) for gmail_id, answer in answers.items()}
        fetched |= {gmail_id: GONE for gmail_id, refusal in refusals.items() if isinstance(refusal, NotFound)}
        return fetched, {gmail_id: why for gmail_id, why in refusals.items() if gmail_id not in fetched}

    def _note_counts(self, answer: Any) -> None:
        try:
            self.counts = parse_counts(answer)
        except UNREADABLE:
            self.counts, self.counts_refused = None, True

    def inbox_counts(self) -> Counts:
        """Return Gmail's own count of the inbox (1 unit)."""
        answer = self.call("labels.get", _label(INBOX), NotFound)
        try:
            return parse_counts(answer)
        except UNREADABLE as error:
            raise GmailUnavailable(f"labels.get: {type(error).__name__}: {error}") from error

    def unread(self, label_ids: list[str]) -> dict[str, int]:
        """Return Gmail's own count of the unread mail of each of at most 25 labels that exist (1 unit each)."""
        answers, refusals = self.batch({label_id: Call("labels.get", _label(label_id)) for label_id in label_ids})
        for refusal in refusals.values():
            if not isinstance(refusal, NotFound):
                raise refusal
        try:
            return {label_id: parse_counts(answer).unread for label_id, answer in answers.items()}
        except UNREADABLE as error:
            raise GmailUnavailable(f"labels.get: {type(error).__name__}: {error}") from error

    def watch(self, topic: str) -> datetime:
        """Ask for notifications to `topic`; returns when that ends (100 units). Replaces an earlier watch."""
        # Without labels: Gmail's own filter misses mail (docs/gmail.md), and what is not mail costs one history read.
        request = service().users.watch(userId="me", body={"topicName": topic})
        answer = self.call("watch", request, GmailMisconfigured)  # 404: there is no such topic
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)

    def stop(self) -> None:
        """End notifications (50 units)."""
        self.call("stop", service().users.stop(userId="me"))


def _metadata_of(gmail_id: str) -> Any:
    return service().messages.get(userId="me", id=gmail_id, format="metadata", metadataHeaders=HEADER_NAMES)


def _label(label_id: str) -> Any:
    return service().labels.get(userId="me", id=label_id)


def _read(gmail_id: str, answer: dict[str, Any]) -> Headers | Trouble:
    try:
        headers = parse_headers(answer)
        if headers.gmail_id != gmail_id:
            raise ValueError("the answer is about another message")
        return headers
    except UNREADABLE as error:
        return Trouble(f"messages.get: {for_operators(error)}", TroubleKind.UNREADABLE)
