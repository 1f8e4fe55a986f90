// Gets the events by asking for them, again and again (docs/events.md): for networks that hold a stream back.
//
// It says what a stream would say: `ready` at its beginning, the events, and after each answer a beat with its cursor.

import { Moment } from "./moment.js";

const WAITS_SECONDS = [0, 4, 20]; // at once; long enough to hear what is late; and then each time
const LATER_MS = 10_000; // than its wait an answer may come
const SOON_MS = 1_000; // an answer without events that did not wait: a web that ends
const FIRST_PAUSE_MS = 3_000;
const MOST_FAILURES = 3;
const LONGEST_PAUSE_MS = 120_000;

export class Asking {
  #url; #types; #onFrame; #onState;
  #life = null;
  #position = null;
  #askedAt = new Moment();

  /** onFrame(type, id, text) gets every frame, onState() "asking", "connecting", "waiting", "signed-out" or "failed". */
  constructor({ url, types, onFrame, onState }) {
    this.#url = url;
    this.#types = types;
    this.#onFrame = onFrame;
    this.#onState = onState;
  }

  get on() { return this.#life !== null; }

  /** Ask from `cursor` on. */
  begin(cursor) {
    this.end();
    this.#life = new AbortController();
    this.#position = cursor;
    this.#askOn(this.#life.signal);
  }

  end() {
    this.#life?.abort();
    this.#life = null;
  }

  /** Ask anew if the answer is overdue: timers sleep in closed laptops. */
  check() {
    if (this.on && this.#askedAt.age > WAITS_SECONDS.at(-1) * 1_000 + LATER_MS) this.begin(this.#position);
  }

  async #askOn(life) {
    for (let asks = 0, failures = 0; !life.aborted; ) {
      const wait = WAITS_SECONDS[Math.min(asks, WAITS_SECONDS.length - 1)];
      this.#askedAt = new Moment();
      const { status, pauseMs, answer } = await this.#ask(wait, life);
      if (life.aborted) return;
      if (answer) {
        this.#onState("asking");
        this.#take(answer, asks === 0, life);
        [asks, failures] = [asks + 1, 0];
        if (wait && !answer.events.length && this.#askedAt.age < SOON_MS) await pause(Math.random() * SOON_MS);
      } else if (status === 204) {
        this.#giveUp("signed-out");
      } else if (asks === 0 || (failures += 1) > MOST_FAILURES) {
        this.#giveUp("failed");
      } else {
        this.#onState(status === 429 ? "waiting" : "connecting");
        await pause(pauseMs ?? Math.random() * FIRST_PAUSE_MS * 2 ** failures);
      }
    }
  }

  async #ask(wait, life) {
    const url = new URL("since/", new URL(this.#url, location.href));
    url.search = new URLSearchParams({ wait, late: 1, ...(this.#position && { lastEventId: this.#position }) });
    const limit = new AbortController();
    const stop = () => limit.abort();
    const timer = setTimeout(stop, wait * 1_000 + LATER_MS);
    life.addEventListener("abort", stop);
    try {
      const response = await fetch(url, { cache: "no-store", redirect: "manual", signal: limit.signal });
      const { status } = response;
      if (status === 200) return { status, answer: await response.json() };
      const seconds = Number(response.headers.get("Retry-After"));
      return { status, pauseMs: seconds > 0 ? Math.min(seconds * 1_000, LONGEST_PAUSE_MS) : null };
    } catch {
      return { status: 0 }; // no answer, or a proxy's page
    } finally {
      clearTimeout(timer);
      life.removeEventListener("abort", stop);
    }
  }

  /** Pass an answer on; whoever gets a frame may end this life, or begin another one. */
  #take({ events, cursor, reset, late }, first, life) {
    const say = (type, id, payload) => life.aborted || this.#onFrame(type, id, JSON.stringify(payload));
    const from = reset ? cursor : this.#position;
    this.#position = cursor;
    if (reset) say("reset", cursor, { reason: reset });
    if (first) say("ready", from ?? cursor, { cursor: from ?? cursor, resumed: !reset, asked: true });
    for (const { id, type, data } of events) {
      if (this.#types.includes(type)) say(type, id, data); // as on a stream: another one is a gap
    }
    if (late) say("late", cursor, { late });
    say("hb", cursor, {});
  }

  #giveUp(state) {
    this.end();
    this.#onState(state);
  }
}

function pause(ms) {
  return new Promise((over) => setTimeout(over, ms));
}
