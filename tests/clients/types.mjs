// What an EventSource must be told to listen to: it hands over only the types that it is asked for.
export const TYPES = [
  "message.added", "message.changed", "message.deleted", "mailbox.resynced", "mailbox.counts", "account.status",
  "ready", "hb", "reset", "status", "bye",
];
