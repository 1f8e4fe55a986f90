// What the reader did and Gmail has not confirmed yet, laid over the truth. An act is closed by the log, never by a
// clock: a row that comes back and vanishes after all is worse than one that waits. Pure.

import { threadOf } from "./conversations.js";
import { keyOf } from "./listing.js";

/** The labels after a difference. */
export const relabelled = (labels, { add = [], remove = [] }) => [
  ...labels.filter((label) => !remove.includes(label) && !add.includes(label)),
  ...add,
];

export class Overlay {
  #ops = new Map();

  /** The last event that the page has taken: what its reader acts on. */
  position;

  /**
   * Lay an act over the truth. It has {op, account_id, add, remove, messages: [id], threads: [{id, up_to, date}]}: of a
   * conversation it covers what is not newer than `date`, the newest that the reader had seen. An undo has
   * `changes` instead, the difference by message key.
   */
  open(op) { this.#ops.set(op.op, op); }

  /** Take an act off, and return it; undefined if it was closed before. */
  close(id) {
    const op = this.#ops.get(id);
    this.#ops.delete(id);
    return op;
  }

  get(id) { return this.#ops.get(id); }
  get size() { return this.#ops.size; }
  all() { return [...this.#ops.values()]; }

  /** A message as the reader sees it. */
  seen(message) {
    const labels = this.all().reduce((before, op) => {
      const difference = differenceOf(op, message);
      return difference ? relabelled(before, difference) : before;
    }, message.label_ids);
    return labels === message.label_ids ? message : { ...message, label_ids: labels };
  }

  /** The conversations that the open acts touch. */
  threads() { return new Set(this.all().flatMap(threadsOf)); }
}

/** The conversations that an act touches, as far as it says them. */
export function threadsOf(op) {
  const named = (op.threads ?? []).map(({ id }) => threadOf({ account_id: op.account_id, thread_id: id }));
  return [...named, ...(op.touched ?? [])];
}

function differenceOf(op, message) {
  if (op.account_id !== message.account_id) return null;
  if (op.changes) return op.changes.get(keyOf(message.account_id, message.id));
  const isNamed = op.messages?.includes(message.id);
  const thread = op.threads?.find(({ id }) => id === message.thread_id);
  return isNamed || (thread && message.internal_date <= thread.date) ? op : null;
}
