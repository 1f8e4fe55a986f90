// What can be done with conversations, as differences of labels on what the reader has seen. Pure.

import { keyOf } from "./listing.js";
import { uuid } from "./uuid.js";

const MOST = 1_000; // messages that the server takes at once
const DIFFERENCES = {
  archive: { add: [], remove: ["INBOX"] },
  trash: { add: ["TRASH"], remove: ["INBOX"] },
  restore: { add: ["INBOX"], remove: ["TRASH", "SPAM"] },
  read: { add: [], remove: ["UNREAD"] },
  unread: { add: ["UNREAD"], remove: [] },
  star: { add: ["STARRED"], remove: [] },
  unstar: { add: [], remove: ["STARRED"] },
};
const OPPOSITES = {
  archive: "restore", trash: "restore", restore: "trash", read: "unread", unread: "read", star: "unstar", unstar: "star",
};
const NEWEST_ONLY = ["star", "unread"]; // Gmail marks the newest message, and unmarks all

/**
 * The acts that a verb on conversations makes: one a mailbox and thousand messages, without those on which it changes
 * nothing. Each has what the server is asked (see overlay.js), `verb`, `subjects`, `touched` and `undo`, the inverse of
 * what it changes here. The verb "label" has a `difference` of its own.
 */
export function acts(verb, conversations, difference = DIFFERENCES[verb]) {
  const changing = conversations
    .map((one) => ({ ...one, changed: changedOf(verb, one, difference) }))
    .filter(({ changed }) => changed.length);
  const byMailbox = Map.groupBy(changing, ({ account_id: id }) => id);
  return [...byMailbox].flatMap(([accountId, ones]) => pieces(ones).map((some) => act(verb, accountId, some, difference)));
}

/** The verb that says what an undo does. */
export const opposite = (verb) => OPPOSITES[verb] ?? verb;

/** The same act as two, or as itself if it is about one conversation: for a server that knows of more messages. */
export function halves(op) {
  const { verb, account_id: accountId, ones } = op;
  const middle = Math.ceil(ones.length / 2);
  const parts = [ones.slice(0, middle), ones.slice(middle)].filter((some) => some.length);
  return parts.length < 2 ? [op] : parts.map((some) => act(verb, accountId, some, op));
}

function changedOf(verb, { newest, messages }, { add, remove }) {
  const reached = NEWEST_ONLY.includes(verb) ? [newest] : messages;
  return reached.filter(({ label_ids: labels }) => remove.some((label) => labels.includes(label)) || add.some((label) => !labels.includes(label)));
}

function act(verb, accountId, conversations, { add, remove }) {
  const byMessage = NEWEST_ONLY.includes(verb) || verb === "unstar";
  const isThread = ({ newest }) => !byMessage && newest.thread_id; // the server takes no thread without a name
  return {
    op: uuid(),
    account_id: accountId,
    add,
    remove,
    messages: conversations.filter((one) => !isThread(one)).flatMap(({ changed }) => changed.map(({ id }) => id)),
    threads: conversations.filter(isThread).map(({ newest }) => seenOf(newest)),
    verb,
    ones: conversations,
    touched: conversations.map(({ key }) => key),
    subjects: conversations.map(({ newest }) => newest.subject),
    undo: new Map(conversations.flatMap(({ changed }) => changed.map((message) => inverse(message, add, remove)))),
  };
}

const seenOf = (newest) => ({ id: newest.thread_id, up_to: newest.id, date: newest.internal_date });

function inverse({ account_id: accountId, id, label_ids: labels }, add, remove) {
  const back = {
    add: remove.filter((label) => labels.includes(label)),
    remove: add.filter((label) => !labels.includes(label)),
  };
  return [keyOf(accountId, id), back];
}

/** Cut into pieces of at most a thousand messages each. */
function pieces(conversations) {
  const cut = [[]];
  let size = 0;
  for (const one of conversations) {
    size += one.messages.length;
    if (size > MOST && cut.at(-1).length) {
      cut.push([]);
      size = one.messages.length;
    }
    cut.at(-1).push(one);
  }
  return cut;
}
