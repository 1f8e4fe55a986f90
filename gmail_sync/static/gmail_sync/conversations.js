// Messages as conversations, one a row (on the server: rows.py). Pure.

/** The conversation of a message, by a key that holds for the page. */
export const threadOf = ({ account_id: accountId, thread_id: thread, id }) => `${accountId}:${thread || id}`;

/** The order of the list: newest first, and of the same millisecond the one that came later. */
export const byAge = (a, b) => b.internal_date - a.internal_date || b.rank - a.rank;

/** A conversation as its row tells it, of its messages in the inbox; null if there are none. */
export function conversation(messages) {
  if (!messages.length) return null;
  const ordered = [...messages].sort(byAge);
  const [newest] = ordered;
  const has = (label) => ordered.some(({ label_ids: labels }) => labels.includes(label));
  return {
    key: threadOf(newest),
    account_id: newest.account_id,
    internal_date: newest.internal_date,
    rank: newest.rank,
    newest,
    messages: ordered,
    unread: has("UNREAD"),
    starred: has("STARRED"),
  };
}

/** The same of those messages that the server knows, since it acts on no others; null if there are none. */
export const actable = (one) => one && conversation(one.messages.filter(({ kept }) => kept !== false));

/** Group messages into conversations, newest first. */
export function conversations(messages) {
  const groups = Map.groupBy(messages, threadOf);
  return [...groups.values()].map(conversation).sort(byAge);
}
