// When to ask again for what did not come in time: so many times, each later than the one before, and never all pages at
// the same moment. Pure.

const FIRST_SECONDS = 2;
const LONGEST_SECONDS = 60;
const TRIES = 6; // more than two minutes together

export class Again {
  #left;
  #seconds = FIRST_SECONDS;

  constructor(tries = TRIES) { this.#left = tries; }

  /** Milliseconds until the next try, not before the `asked` seconds of the server; null after the last one. */
  wait(asked = 0) {
    if (this.#left === 0) return null;
    const seconds = Math.max(asked, this.#seconds);
    this.#left -= 1;
    this.#seconds = Math.min(LONGEST_SECONDS, this.#seconds * 2);
    return 1_000 * seconds * (1 + Math.random() / 4);
  }
}

/** True for an answer that may be another one soon; null is none at all. */
export const isLate = (answer) => !answer || answer.status === 429 || answer.status >= 500;

/** The seconds that an answer asks to wait, or 0. */
export const retryAfter = (answer) => Number(answer?.headers.get("Retry-After")) || 0;
