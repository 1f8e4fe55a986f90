// Asking the server again while events go on (RULES R9): what comes in between the question and its answer is kept,
// and what the answer does not cover yet is applied to it again. One question at a time.

import { isBehind } from "../realtime/cursor.js";

const AGAIN_MS = 5_000; // after a question that failed

export class Refetch {
  #ask; #load; #apply;
  #kept = null;
  #timer = 0;
  #dueAt = Infinity;
  #settled = [];

  /** ask(): the answer, with its `cursor`; load(answer): take it in; apply(event): apply one kept event again. */
  constructor({ ask, load, apply }) {
    this.#ask = ask;
    this.#load = load;
    this.#apply = apply;
  }

  /** Show an event to the open question; `event` is [type, payload, id]. */
  keep(event) {
    this.#kept?.push(event);
  }

  /** Ask within `ms`; an earlier date stands. Resolves when an answer is in. */
  within(ms) {
    const done = new Promise((resolve) => this.#settled.push(resolve));
    const dueAt = Date.now() + ms;
    if (dueAt < this.#dueAt) {
      this.#dueAt = dueAt;
      clearTimeout(this.#timer);
      if (!this.#kept) this.#timer = setTimeout(() => this.#run(), ms);
    }
    return done;
  }

  async #run() {
    const settled = this.#settled;
    this.#settled = [];
    this.#dueAt = Infinity;
    this.#kept = [];
    try {
      const answer = await this.#ask();
      const missing = this.#kept.filter(([, , id]) => isBehind(answer.cursor, id));
      this.#kept = null;
      this.#load(answer);
      for (const event of missing) this.#apply(event);
      for (const resolve of settled) resolve();
    } catch (error) {
      this.#kept = null;
      this.#settled.push(...settled);
      console.warn("the list could not be read again", error);
      this.within(AGAIN_MS * (1 + Math.random())).catch(() => {});
    }
    if (this.#dueAt < Infinity) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#dueAt - Date.now()));
    }
  }
}
