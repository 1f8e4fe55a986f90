"""What we ask Gmail: the only file that knows its methods. Gmail's spelling ends here.

Specification: https://developers.google.com/gmail/api/reference/rest
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gmail_sync.exceptions import GmailMisconfigured, HistoryExpired, NotFound, for_operators
from gmail_sync.gmail_http import GmailHttp, service
from gmail_sync.history import Record, parse_records
from gmail_sync.mail import GONE, Fetched, Headers, Trouble, parse_headers

PAGE_SIZE = 500
BATCH_SIZE = 25  # more at once is answered by "Too many concurrent requests for user"
HEADER_NAMES = ["From", "To", "Subject"]


class Gmail(GmailHttp):
    """One mailbox. Every method raises GmailError, GrantLost for a mailbox that is gone."""

    def profile(self) -> tuple[str, int]:
        """The mailbox's address, as its pushes spell it, and its present historyId (1 unit)."""
        answer = self.call("getProfile", service().users.getProfile(userId="me"))
        return str(answer["emailAddress"]).lower(), int(answer["historyId"])

    def history(self, start: int, skip_unreadable: bool = False) -> tuple[list[Record], int]:
        """All records after `start`, every page, and the historyId of the last one (2 units a page).

        Raises HistoryExpired if Gmail no longer goes back that far.
        """
        records: list[Record] = []
        token = None
        while True:
            request = service().history.list(
                userId="me", startHistoryId=str(start), maxResults=PAGE_SIZE, pageToken=token
            )
            page = self.call("history.list", request, HistoryExpired)
            records += parse_records(page, skip_unreadable)
            token = page.get("nextPageToken")
            if not token:
                return records, int(page["historyId"])

    def inbox_ids(self, limit: int) -> list[str]:
        """The ids of the newest inbox messages, newest first (5 units a page)."""
        ids: list[str] = []
        token = None
        while len(ids) < limit:
            size = min(PAGE_SIZE, limit - len(ids))
            request = service().messages.list(userId="me", labelIds=["INBOX"], maxResults=size, pageToken=token)
            page = self.call("messages.list", request)
            ids += [message["id"] for message in page.get("messages", [])]
            token = page.get("nextPageToken")
            if not token:
                break
        return ids[:limit]

    def headers(self, gmail_ids: list[str]) -> Iterator[Fetched]:
        """Metadata of the messages, a batch at a time (20 units each).

        A throttle inside a batch is raised after the rest of the batch was yielded: what was paid for is used.
        """
        for start in range(0, len(gmail_ids), BATCH_SIZE):
            requests = {
                gmail_id: service().messages.get(
                    userId="me", id=gmail_id, format="metadata", metadataHeaders=HEADER_NAMES
                )
                for gmail_id in gmail_ids[start : start + BATCH_SIZE]
            }
            answers, refusals = self.batch("messages.get", requests)
            fetched: Fetched = {gmail_id: _read(answer) for gmail_id, answer in answers.items()}
            fetched |= {gmail_id: GONE for gmail_id, refusal in refusals.items() if isinstance(refusal, NotFound)}
            yield fetched
            for refusal in refusals.values():
                if not isinstance(refusal, NotFound):
                    raise refusal

    def inbox_counts(self) -> tuple[int, int]:
        """Gmail's own count of the inbox: unread messages, and all (1 unit)."""
        answer = self.call("labels.get", service().labels.get(userId="me", id="INBOX"))
        return int(answer.get("messagesUnread", 0)), int(answer.get("messagesTotal", 0))

    def watch(self, topic: str) -> datetime:
        """Ask for notifications to `topic`; returns when that ends (100 units). Replaces an earlier watch."""
        # Without labels: Gmail's own filter is unreliable, and what is not mail costs one history read.
        request = service().users.watch(userId="me", body={"topicName": topic})
        answer = self.call("watch", request, GmailMisconfigured)  # 404: there is no such topic
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)

    def stop(self) -> None:
        """End notifications (50 units)."""
        self.call("stop", service().users.stop(userId="me"))


def _read(answer: dict[str, Any]) -> Headers | Trouble:
    try:
        return parse_headers(answer)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        return Trouble(f"messages.get: {for_operators(error)}", gone=False)
