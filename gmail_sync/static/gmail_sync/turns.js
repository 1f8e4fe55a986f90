// Work in short turns, one a frame: what hundreds of events ask for at once is done a little at a time, and the page
// answers between.

const TURN_MS = 8;
const FRAME_MS = 30; // for a turn and the frame that shows it: a press then waits for less than 50 ms
const LATE_MS = 1_000; // after which no frame is waited for: a page may have none and not be told that it is hidden
const WHOLE_MS = 100; // by which what concerns the whole page may be behind its parts

export class Turns {
  #jobs = new Map();
  #most = 1; // jobs of the next turn, by what the last frame has cost
  #whole;
  #wholeAt = -Infinity;
  #timer = 0;
  #channel = new MessageChannel(); // a timer would wait, and a frame would not come to a hidden page
  #asked = false;
  #drawn = false; // and the frame has yet to come
  #late = 0;

  /** whole() is done after the jobs, once for all that several turns have done. */
  constructor(whole) {
    this.#whole = whole;
    this.#channel.port1.onmessage = ({ data }) => (data ? this.#shown(data) : this.#turn());
    document.addEventListener("visibilitychange", () => this.#go());
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
    if (!this.#drawn) this.#channel.port2.postMessage(null);
  }

  #turn() {
    this.#asked = false;
    const began = performance.now();
    let done = 0;
    try {
      for (const [name, job] of this.#jobs) {
        this.#jobs.delete(name);
        done += 1;
        job();
        if (done >= this.#most || performance.now() - began > TURN_MS) break;
      }
    } finally {
      this.#drawn = !document.hidden;
      if (this.#drawn) this.#watch({ done, spent: performance.now() - began });
      if (this.#jobs.size) this.#ask();
      this.#drawWhole(began);
    }
  }

  #drawWhole(now) {
    clearTimeout(this.#timer);
    const rest = this.#wholeAt + WHOLE_MS - now;
    if (rest > 0 && (this.#drawn || this.#jobs.size)) {
      this.#timer = setTimeout(() => this.#ask(), rest);
    } else {
      this.#wholeAt = now;
      this.#whole();
    }
  }

  /** Find out what the frame costs: it is over when a message comes that was sent as it began. */
  #watch(turn) {
    this.#late = setTimeout(() => this.#go(), LATE_MS);
    requestAnimationFrame(() => this.#channel.port2.postMessage({ ...turn, began: performance.now() }));
  }

  #shown({ done, spent, began }) {
    const fit = Math.floor((done * FRAME_MS) / (spent + performance.now() - began));
    if (done) this.#most = Math.max(1, Math.min(fit, 2 * this.#most));
    this.#go();
  }

  #go() {
    clearTimeout(this.#late);
    const waited = this.#drawn && this.#asked;
    this.#drawn = false;
    if (waited) this.#turn();
  }
}
