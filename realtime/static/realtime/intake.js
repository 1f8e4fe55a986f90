// Frames that come many at once: the browser hands over all of one piece of the stream in one task. They are taken at
// once for a few milliseconds, and the rest in later tasks, in their order, so that the page answers between.

const TURN_MS = 8;

export class Intake {
  #take;
  #waiting = [];
  #asked = false;
  #began = 0;
  #channel = new MessageChannel(); // a timer would sleep in a hidden page

  /** take(...frame) gets every frame, as `hear` got it. */
  constructor(take) {
    this.#take = take;
    this.#channel.port1.onmessage = () => {
      this.#asked = false;
      if (this.#waiting.length) this.#turn();
    };
  }

  hear(...frame) {
    this.#waiting.push(frame);
    if (this.#asked) this.#takeOn();
    else this.#turn();
  }

  /** Forget the frames that wait; they will be asked for again. */
  clear() {
    this.#waiting = [];
  }

  #turn() {
    this.#asked = true;
    this.#channel.port2.postMessage(null);
    this.#began = performance.now();
    this.#takeOn();
  }

  #takeOn() {
    while (this.#waiting.length && performance.now() - this.#began < TURN_MS) this.#take(...this.#waiting.shift());
  }
}
