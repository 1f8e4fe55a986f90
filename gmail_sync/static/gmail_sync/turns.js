// Work in short turns: what hundreds of events ask for at once is done a little at a time, and the page answers between.

const TURN_MS = 8; // of drawing; a press then waits for less than 50 ms, also on a processor four times slower
const WHOLE_MS = 100; // by which what concerns the whole page may be behind its parts

export class Turns {
  #jobs = new Map();
  #whole;
  #wholeAt = 0;
  #channel = new MessageChannel(); // a timer would wait, and a frame would not come to a hidden page
  #asked = false;

  /** whole() is done after the jobs, once for all that one turn has done. */
  constructor(whole) {
    this.#whole = whole;
    this.#channel.port1.onmessage = () => this.#turn();
  }

  /** Do the job soon; a later one of the same name takes its place. */
  ask(name, job) {
    this.#jobs.set(name, job);
    this.#ask();
  }

  /** Do what concerns the whole page soon. */
  askWhole() { this.#ask(); }

  #ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#channel.port2.postMessage(null);
  }

  #turn() {
    this.#asked = false;
    const began = performance.now();
    try {
      for (const [name, job] of this.#jobs) {
        this.#jobs.delete(name);
        job();
        if (performance.now() - began > TURN_MS) break;
      }
    } finally {
      if (this.#jobs.size) this.#ask();
      if (!this.#jobs.size || began - this.#wholeAt > WHOLE_MS) {
        this.#wholeAt = began;
        this.#whole();
      }
    }
  }
}
