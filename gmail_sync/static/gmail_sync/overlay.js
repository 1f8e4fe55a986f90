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
  #ops = new Map(); // each with its effect

  /** The last event that the page has taken: what its reader acts on. */
  position;

  /**
   * Lay an act over the truth. It has {op, account_id, add, remove, messages: [id], threads: [{id, up_to, date}]}: of a
   * conversation it covers what is not newer than `date`, the newest that the reader had seen. An undo has
   * `changes` instead, the difference by message key.
   */
  open(op) { this.#ops.set(op.op, { op, effect: effectOf(op) }); }

  /** Take an act off, and return it; undefined if it was closed before. */
  close(id) {
    const op = this.get(id);
    this.#ops.delete(id);
    return op;
  }

  get(id) { return this.#ops.get(id)?.op; }
  get size() { return this.#ops.size; }
  all() { return [...this.#ops.values()].map(({ op }) => op); }

  /** A message as the reader sees it. */
  seen(message) {
    let labels = message.label_ids;
    for (const { effect } of this.#ops.values()) {
      const difference = effect(message);
      if (difference) labels = relabelled(labels, difference);
    }
    return labels === message.label_ids ? message : { ...message, label_ids: labels };
  }

  /** The conversations that the open acts touch. */
  threads() { return threadsOf(this.all()); }
}

/** The conversations that acts touch, as far as they say them. */
export function threadsOf(ops) {
  return new Set(ops.flatMap(({ account_id: accountId, threads = [], touched = [] }) => {
    return [...threads.map(({ id }) => threadOf({ account_id: accountId, thread_id: id })), ...touched];
  }));
}

/** The difference that an act makes to a message, as a function: a page asks it of twenty thousand, of twenty acts. */
function effectOf(op) {
  const named = new Set(op.messages);
  const dates = new Map(op.threads?.map(({ id, date }) => [id, date]));
  return (message) => {
    if (op.account_id !== message.account_id) return null;
    if (op.changes) return op.changes.get(keyOf(message.account_id, message.id));
    return named.has(message.id) || message.internal_date <= dates.get(message.thread_id) ? op : null;
  };
}
