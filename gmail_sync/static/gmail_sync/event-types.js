/** Every event of gmail_sync/events.py. */
export const EVENT_TYPES = [
  "message.added", "message.changed", "message.deleted", "mailbox.resynced", "mailbox.counts", "account.status",
  "action.settled", "mailbox.labels",
];
