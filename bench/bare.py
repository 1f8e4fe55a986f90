"""The same calls to Gmail that a sync makes, and nothing else: the price of HTTP and of the simulator."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httplib2

from launcher.supervisor import Failed

BATCH_SIZE = 25
BOUNDARY = "bare"
WANTED = "format=metadata&metadataHeaders=From&metadataHeaders=To&metadataHeaders=Subject"

_local = threading.local()


def read_all(root: str, cursors: dict[str, int], tokens: dict[str, str], threads: int) -> int:
    """Read each mailbox from its cursor: history.list, its new messages in batches, the inbox's counts.

    Returns how many messages came.
    """
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda email: _read(root, cursors[email], tokens[email]), cursors))


def _read(root: str, cursor: int, token: str) -> int:
    users = f"{root}/gmail/v1/users/me"
    page = json.loads(_call(f"{users}/history?startHistoryId={cursor}&maxResults=500", token))
    added = [one["message"]["id"] for record in page.get("history", []) for one in record.get("messagesAdded", [])]
    for start in range(0, len(added), BATCH_SIZE):
        batch = added[start : start + BATCH_SIZE]
        answer = _call(f"{root}/batch/gmail/v1", token, _batch_body(batch))
        if answer.count(b"HTTP/1.1 200") != len(batch):
            raise Failed(f"a batch was not answered in full: {answer[:300]!r}")
    _call(f"{users}/labels/INBOX", token)
    return len(added)


def _call(url: str, token: str, batch: str | None = None) -> bytes:
    if not hasattr(_local, "http"):
        _local.http = httplib2.Http(timeout=10)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    answer, content = _local.http.request(url, "GET" if batch is None else "POST", body=batch, headers=headers)
    if answer.status != 200:
        raise Failed(f"{url} answered {answer.status}")
    return bytes(content)


def _batch_body(ids: list[str]) -> str:
    parts = [
        f"--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <{one}>\r\n\r\n"
        f"GET /gmail/v1/users/me/messages/{one}?{WANTED} HTTP/1.1\r\n\r\n\r\n"
        for one in ids
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"])
