"""An HTTP answer as values, so that we judge the server's words and not a library's view of them. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_SECONDS = 900  # Gmail asks for minutes; an answer that asks for a day is not Gmail's, or wrong
_RETRY_AFTER = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]{1,16}Z)")


@dataclass(frozen=True)
class Answer:
    """The response to a request to Google; a proxy or a portal may have written it."""

    status: int
    content_type: str
    body: bytes
    retry_after: str = ""

    @classmethod
    def of(cls, response: Mapping[str, Any], body: bytes) -> "Answer":
        """Read httplib2's response, a mapping with `status` and the headers in lower case."""
        headers = {name: str(response.get(name, "")) for name in ("content-type", "retry-after")}
        return cls(int(response["status"]), headers["content-type"], body, headers["retry-after"])

    def document(self) -> dict[str, Any]:
        """Return the JSON object in the body; empty if there is none, or if the content type names something else."""
        kind = self.content_type.partition(";")[0].strip().lower()
        if kind and kind != "application/json" and not kind.endswith("+json"):
            return {}
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    def json(self) -> Any:
        """Return the body's JSON; a body that is none, as it is."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body

    def wait_seconds(self) -> float | None:
        """Return the seconds to wait, at most 900: by the Retry-After header, or the time in Gmail's text."""
        if self.retry_after.isascii() and self.retry_after.isdigit():
            return float(min(int(self.retry_after[:9]), LONGEST_SECONDS))
        match = _RETRY_AFTER.search(self.body[:10_000].decode(errors="replace"))
        try:
            moment = datetime.fromisoformat(match[1]) if match else parsedate_to_datetime(self.retry_after)
        except (TypeError, ValueError, LookupError, OverflowError):  # a year of twenty digits
            return None
        if moment.tzinfo is None:  # HTTP dates are UTC, said or not
            moment = moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_SECONDS)
