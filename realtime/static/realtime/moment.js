// When something happened, by both of the browser's clocks: the one that people set may go back, and the other one
// sleeps with the laptop.

export class Moment {
  #wall = Date.now();
  #steady = performance.now();

  /** Milliseconds since then, by whichever clock has gone further. */
  get age() {
    return Math.max(Date.now() - this.#wall, performance.now() - this.#steady);
  }
}
