// One question at a time: whoever asks another forgets the one before.

import { Moment } from "../realtime/moment.js";

export class Question {
  #ask;
  #open = new AbortController();
  #busy = 0;
  #at = null;

  /** ask(words, {signal, ...options}) resolves to an answer. */
  constructor(ask) { this.#ask = ask; }

  get busy() { return this.#busy > 0; }

  /** How long ago the last one was put, in milliseconds. */
  get age() { return this.#at?.age ?? Infinity; }

  forget() { this.#open.abort(); }

  /** Resolves to the answer, or to null if it was forgotten meanwhile; rejects as `ask` does. */
  async put(words, options) {
    this.forget();
    const { signal } = (this.#open = new AbortController());
    this.#busy += 1;
    this.#at = new Moment();
    try {
      const answer = await this.#ask(words, { ...options, signal });
      return signal.aborted ? null : answer;
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      this.#busy -= 1;
    }
  }
}
