// The page's list: its messages, and the count of unread ones. Applying an event twice changes nothing.
// Pure: the truth, of which view.js and rows.js make what is seen; inbox.js asks the server.

import { isBehind } from "../realtime/cursor.js";
import { byAge, threadOf } from "./conversations.js";

export const keyOf = (accountId, messageId) => `${accountId}:${messageId}`;
/** Gmail lets a message keep INBOX in the trash or in spam; it shows it there alone (in labels.py, too). */
export const inInbox = (labels) => labels.includes("INBOX") && !labels.includes("TRASH") && !labels.includes("SPAM");
/** True for a conversation of which nothing is in the inbox. */
export const isOutside = ({ messages }) => !messages.some(({ label_ids: labels }) => inInbox(labels));
/** What a message adds to the count. */
export const counts = (labels) => (inInbox(labels) && labels.includes("UNREAD") ? 1 : 0);

export class Listing {
  #messages = new Map();
  #threads = new Map(); // the keys of the messages of each conversation
  #unread = new Map(); // by mailbox
  #rank = 0; // of messages of the same millisecond: as the server listed them, later ones first
  #floor = -Infinity;

  /** @param {?number} accountId the one mailbox that is shown, or null for all. */
  constructor(accountId) {
    this.accountId = accountId;
    this.older = null;
    /** Gmail's own count where it is known, moved on by the events since. */
    this.unread = 0;
    /** Events up to this id may be in `unread` already. */
    this.head = "";
  }

  /** Take the server's answer in place of everything. */
  load(answer) {
    this.#messages.clear();
    this.#threads.clear();
    this.#add(answer);
    this.unread = answer.unread;
    this.#unread = new Map((answer.accounts ?? []).map(({ id, unread, exact }) => [id, { unread, exact }]));
    this.head = answer.head;
  }

  /** True if `unread` is the count; else it is a lower bound. */
  get exact() {
    return [...this.#unread].every(([id, { exact }]) => exact !== false || (this.accountId !== null && this.accountId !== id));
  }

  /** The unread mail of each mailbox, by id; of one that is not shown as Gmail has told it last. */
  get byMailbox() { return new Map([...this.#unread].map(([id, { unread }]) => [id, unread])); }

  /** Take Gmail's own count. Returns false for a mailbox that the list does not know. */
  count({ account_id: id, label_id: label, messages_unread: unread }) {
    if (label !== "INBOX") return true;
    const isShown = this.accountId === null || this.accountId === id;
    const known = this.#unread.get(id);
    if (!known) return !isShown;
    if (isShown) this.unread += unread - known.unread;
    this.#unread.set(id, { unread, exact: true });
    return true;
  }

  /** Take a page of older messages; `missing` are the events that were counted while it was on its way. */
  append(answer, missing) {
    const counted = [this.unread, new Map(this.#unread)];
    this.#add(answer);
    for (const [type, payload, id] of missing) if (payload.message) this.apply(type, payload, id);
    [this.unread, this.#unread] = counted;
  }

  #add({ messages, older }) {
    const below = [...this.#messages.values()].reduce((least, { rank }) => Math.min(least, rank), 0);
    messages.forEach((message, index) => this.#set({ ...message, rank: below - 1 - index }));
    this.older = older;
    this.#floor = older === null ? -Infinity : (messages.at(-1)?.internal_date ?? this.#floor);
  }

  #set(message) {
    const key = keyOf(message.account_id, message.id);
    this.#delete(key); // it may have been in another conversation
    this.#messages.set(key, message);
    const thread = threadOf(message);
    if (this.#threads.has(thread)) this.#threads.get(thread).add(key);
    else this.#threads.set(thread, new Set([key]));
  }

  #delete(key) {
    const message = this.#messages.get(key);
    this.#messages.delete(key);
    if (message) this.#threads.get(threadOf(message)).delete(key);
  }

  /** The number of messages that are loaded. */
  get size() { return this.#messages.size; }

  /** A message that is loaded, wherever it is, or undefined. */
  message(accountId, id) { return this.#messages.get(keyOf(accountId, id)); }

  /** The conversations of the messages that are loaded, as their keys. */
  threads() { return [...this.#threads.keys()]; }

  /** The loaded messages of a conversation, whatever their labels, but none below the last page. */
  thread(key) {
    const messages = [...(this.#threads.get(key) ?? [])].map((message) => this.#messages.get(message));
    return messages.filter((message) => message.internal_date >= this.#floor);
  }

  /** The messages of the inbox that are loaded, newest first. */
  shown() { return [...this.#messages.values()].filter((message) => this.#isShown(message)).sort(byAge); }

  /**
   * Apply a mail event. Returns {show: message} or {hide: key}, if a row changes, with `arrived` for new mail; and
   * `unsure` if only the server can tell how the list or the count is now.
   */
  apply(type, payload, id) {
    if (this.accountId !== null && payload.account_id !== this.accountId) return {};
    const key = keyOf(payload.account_id, payload.message.id);
    const known = this.#messages.get(key);
    const before = known ? known.label_ids : labelsBefore(type, payload);
    const after = type === "message.deleted" ? [] : payload.message.label_ids;
    const difference = before ? counts(after) - counts(before) : 0;
    this.#move(payload.account_id, difference);
    const rank = known?.rank ?? (this.#rank += 1);
    const isWhole = known || type === "message.added";
    const message = isWhole ? { ...known, ...payload.message, account_id: payload.account_id, rank } : null;
    if (type === "message.deleted") this.#delete(key);
    else if (message) this.#set(message);
    const unsure =
      !before || // deleted, and never loaded
      (!message && inInbox(after) && !inInbox(before)) || // entered the inbox, and never loaded
      (difference !== 0 && !isBehind(this.head, id)); // may be in the server's count already
    if (!message || !inInbox(after)) return { hide: key, unsure };
    if (!this.#isShown(message)) return { unsure };
    return { show: message, arrived: !known && type === "message.added", unsure };
  }

  #move(accountId, difference) {
    this.unread += difference;
    const known = this.#unread.get(accountId);
    if (known) this.#unread.set(accountId, { ...known, unread: known.unread + difference });
  }

  /** Older messages come with their page: a row below the last one would stand behind a hole. */
  #isShown(message) {
    return inInbox(message.label_ids) && message.internal_date >= this.#floor;
  }
}

/** The labels that a message had before an event; null for a deleted one, of which they are not told. */
export function labelsBefore(type, { message, added_label_ids: added, removed_label_ids: removed }) {
  if (type === "message.added") return [];
  if (type === "message.deleted") return null;
  return [...message.label_ids.filter((label) => !added.includes(label)), ...removed];
}
