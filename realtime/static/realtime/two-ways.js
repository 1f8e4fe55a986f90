// The stream, and asking where a network holds it back. It has the methods of a Connection.
//
// A stream that is open and says nothing is held back, or late. So we ask beside it, and close it once there is an
// answer; from then on it is tried now and then, and whichever trial says something is the stream again. Events may
// come both ways for a moment: their numbers tell (reader.js).

import { Asking } from "./asking.js";
import { Connection } from "./connection.js";

const FIRST_TRIAL_MS = 30_000;
const LAST_TRIAL_MS = 600_000;

export class TwoWays {
  #connection; #asking;
  #state = "";
  #position = null;
  #held = false;
  #trial = 0;
  #trialMs = FIRST_TRIAL_MS;

  /** As for a Connection; whoever gets the frames and states may change later. */
  constructor({ url, types, onFrame, onState }) {
    this.onFrame = onFrame;
    this.onState = onState;
    const take = (type, id, text) => this.#take(type, id, text);
    this.#connection = new Connection({ url, types, onFrame: take, onState: (state) => this.#hearStream(state) });
    this.#asking = new Asking({ url, types, onFrame: take, onState: (state) => this.#hearAnswer(state) });
  }

  get state() { return this.#state; }

  get position() { return this.#position; }

  get heartbeat() { return this.#connection.heartbeat; }

  open(cursor = this.#position) {
    this.#position = cursor;
    if (this.#asking.on) this.#asking.begin(cursor);
    else this.#connection.open(cursor);
  }

  close() {
    clearTimeout(this.#trial);
    this.#held = false;
    this.#asking.end();
    this.#connection.close();
  }

  check(anew = false) {
    if (!this.#asking.on) this.#connection.check(anew);
    else if (anew) this.#streamAgain(); // another network, perhaps
    else this.#asking.check();
  }

  lose() {
    this.#connection.lose();
    this.#become("offline");
  }

  #take(type, id, text) {
    this.#position = id;
    this.onFrame(type, id, text);
  }

  #hearStream(state) {
    this.#held = state === "held";
    const speaks = state === "live" || state === "degraded";
    if (this.#held && this.#state === "asking") this.#putStreamAway();
    else if (this.#held && !this.#asking.on) this.#asking.begin(this.#position);
    if (speaks) this.#endAsking();
    if (!this.#asking.on && !this.#held) this.#become(state); // a trial that fails is nobody's business
  }

  #hearAnswer(state) {
    if (state === "asking" && this.#held) this.#putStreamAway();
    if (state === "signed-out") this.close();
    if (state !== "failed") this.#become(state);
    else if (!this.#held) this.#streamAgain();
  }

  #putStreamAway() {
    this.#held = false;
    this.#connection.close();
    clearTimeout(this.#trial);
    this.#trial = setTimeout(() => this.#connection.open(this.#position), this.#trialMs);
    this.#trialMs = Math.min(LAST_TRIAL_MS, this.#trialMs * 2);
  }

  #endAsking() {
    clearTimeout(this.#trial);
    this.#asking.end();
    this.#trialMs = FIRST_TRIAL_MS;
  }

  #streamAgain() {
    this.#endAsking();
    this.#connection.open(this.#position);
    this.#become(this.#connection.state);
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.onState(state);
  }
}
