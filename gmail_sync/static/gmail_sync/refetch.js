// Asking the server again while events go on (RULES R9): keep the events between a question and its answer, and apply
// those again that the answer does not cover.

import { isBehind } from "../realtime/cursor.js";

const AGAIN_MS = 5_000; // after a question that failed

export class Refetch {
  #ask; #load; #apply;
  #questions = new Set();
  #busy = false;
  #timer = 0;
  #dueAt = Infinity;
  #waiting = [];

  /** ask(): the answer, with its `cursor`; load(answer): take it in; apply(event): apply one kept event again. */
  constructor({ ask, load, apply }) {
    this.#ask = ask;
    this.#load = load;
    this.#apply = apply;
  }

  /** Show an event, as [type, payload, id], to the open questions. */
  keep(event) {
    for (const kept of this.#questions) kept.push(event);
  }

  /** Ask, and return the answer with the events since that it does not cover. */
  async question(ask) {
    const kept = [];
    this.#questions.add(kept);
    try {
      const answer = await ask();
      return { answer, missing: kept.filter(([, , id]) => isBehind(answer.cursor, id)) };
    } finally {
      this.#questions.delete(kept);
    }
  }

  /** Read everything again within `ms`; an earlier date stands. Resolves when an answer is in. */
  within(ms) {
    const dueAt = Date.now() + ms;
    if (dueAt < this.#dueAt) {
      this.#dueAt = dueAt;
      this.#schedule();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (!this.#busy && this.#dueAt < Infinity) {
      this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#dueAt - Date.now()));
    }
  }

  async #run() {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#dueAt = Infinity;
    this.#busy = true;
    try {
      const { answer, missing } = await this.question(this.#ask);
      this.#load(answer);
      for (const event of missing) this.#apply(event);
      for (const resolve of waiting) resolve();
    } catch (error) {
      console.warn("the list could not be read again", error);
      this.#waiting.push(...waiting);
      this.within(AGAIN_MS * (1 + Math.random()));
    }
    this.#busy = false;
    this.#schedule();
  }
}
