"""Many connected mailboxes quickly: consents straight from the simulator, rows through the product's own models."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from bench.stack import TOPIC, Stack

# Runs inside the product, as `manage.py shell -c`: each mailbox has a user of its own.
_INSERT = """
import json
import sys
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from gmail_sync.fields import Sealed
from gmail_sync.models import GmailAccount, GmailWatch

rows = json.load(sys.stdin)
now = timezone.now()
users = User.objects.bulk_create([User(username=row["email"], password="!") for row in rows])
accounts = GmailAccount.objects.bulk_create([
    GmailAccount(
        email=row["email"], google_sub=row["email"], state="connected", mirrored=True, history_id=row["history_id"],
        credentials=Sealed.of(row["credentials"]), next_sync_at=now + timedelta(hours=1),
    )
    for row in rows
])
Through = GmailAccount.users.through
Through.objects.bulk_create([
    Through(gmailaccount_id=account.pk, user_id=user.pk) for account, user in zip(accounts, users)
])
GmailWatch.objects.bulk_create([
    GmailWatch(
        account=account, topic=rows[0]["topic"], state="active", renewed_at=now,
        expires_at=now + timedelta(days=7), renew_at=now + timedelta(days=1),
    )
    for account in accounts
])
"""


def connect_many(stack: Stack, emails: list[str], *, watched: bool) -> dict[str, str]:
    """Empty mailboxes that are connected and read; with `watched` their changes are pushed. Returns access tokens."""
    expiry = (datetime.now(UTC) + timedelta(minutes=50)).replace(tzinfo=None).isoformat()
    google = stack.google

    def row(email: str) -> dict[str, object]:
        google.create_mailbox(email, 0)
        tokens = google.tokens(email)
        if watched:
            google.watch(tokens["access_token"], TOPIC)
        credentials = {"token": tokens["access_token"], "refresh_token": tokens["refresh_token"], "expiry": expiry}
        return {"email": email, "history_id": google.head(email), "credentials": credentials, "topic": TOPIC}

    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(row, emails))
    stack.manage("shell", "--verbosity", "0", "-c", _INSERT, stdin=json.dumps(rows))
    return {str(one["email"]): str(one["credentials"]["token"]) for one in rows}  # type: ignore[index]  # JSON that row() made
