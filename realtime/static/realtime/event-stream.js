// The client of the stream: every event once and in order, or a reset that says so. See docs/events.md.
//
//   import { EventStream } from "/static/realtime/event-stream.js";
//   new EventStream({ url: "/events/", types: ["message.added"], cursor, onEvent, onReset, onState });
//
// `types` are all that the log may carry: one that is missing is invisible to EventSource, and so a gap.

import { parseCursor } from "./cursor.js";
import { Intake } from "./intake.js";
import { Leader } from "./leader.js";
import { Reader } from "./reader.js";
import { SharedConnection } from "./shared-connection.js";
import { canShareTabs } from "./tabs.js";

const RELOAD_SPREAD_MS = 3_000; // after a restore every page of the site is foreign at once
const STILL_HERE_MS = 1_000; // a page that runs so long after it was told to go has not gone
const ON_TIME_MS = 3_000; // a server that says nothing so long after `ready` has nothing to say of what is late

export class EventStream {
  #onEvent; #onReset; #onState; #onForeign; #onLate; #onPresence;
  #reader; #connection;
  #intake = new Intake((type, id, text) => this.#take(type, id, JSON.parse(text)));
  #connectionState = "connecting";
  #shown = "";
  #resets = 0;
  #late = ""; // told once at least: the page may know of something that is over by now
  #onTime = 0;
  #running = false;
  #life = new AbortController();

  constructor({
    url,
    types,
    cursor = null,
    ticket = null,
    onEvent,
    onReset = () => {},
    onState = () => {},
    onLate = () => {},
    onPresence = () => {},
    onForeign = () => setTimeout(() => location.reload(), Math.random() * RELOAD_SPREAD_MS),
    share = true,
  }) {
    this.#onEvent = onEvent;
    this.#onReset = onReset;
    this.#onState = onState;
    this.#onLate = onLate;
    this.#onPresence = onPresence;
    this.#onForeign = onForeign;
    this.#reader = new Reader(cursor);
    const wiring = {
      url,
      types,
      ticket,
      onFrame: (type, id, text) => this.#intake.hear(type, id, text),
      onState: (state) => {
        if (state === "signed-out") this.#intake.clear();
        this.#connectionState = state;
        this.#show();
      },
    };
    // Named by epoch: the tabs of another user in the same browser are another party.
    const epoch = parseCursor(cursor)?.epoch;
    const shared = share && epoch && canShareTabs();
    this.#connection = shared
      ? new SharedConnection({ ...wiring, name: `event-stream 1 ${url} ${epoch}` })
      : new Leader({ ...wiring, send: () => {} });
    this.#watchPage();
    this.#show();
    this.#start();
  }

  /** The id up to which this page has everything. */
  get cursor() { return this.#reader.cursor; }

  get state() { return this.#shown; }

  /** End it for good; another tab takes over what this one did for it. */
  close() {
    this.#life.abort();
    this.#stop();
  }

  #start() {
    if (this.#running) return;
    this.#running = true;
    this.#connection.open(this.cursor);
  }

  #stop() {
    this.#running = false;
    this.#connection.close();
    this.#intake.clear();
    clearTimeout(this.#onTime);
  }

  #take(type, id, payload) {
    const verdict = this.#reader.judge(type, id, payload);
    this.#connection.at?.(this.cursor);
    if (type === "ready" && !payload.asked) this.#expectLate();
    if (type === "late") this.#tellLate(payload.late);
    if (type === "presence" && verdict !== "foreign") this.#onPresence(payload);
    if (verdict === "deliver") this.#onEvent(type, payload, id);
    if (verdict === "reset") this.#reset(type === "reset" ? payload.reason : "gap");
    if (verdict === "gap") this.#connection.open(this.cursor);
    if (verdict === "foreign") {
      this.close();
      this.#onForeign();
    }
    this.#show();
  }

  async #reset(reason) {
    this.#resets += 1;
    try {
      await this.#onReset(reason, this.cursor);
    } finally {
      this.#resets -= 1;
      this.#show();
    }
  }

  #expectLate() {
    clearTimeout(this.#onTime);
    this.#onTime = setTimeout(() => this.#tellLate([]), ON_TIME_MS);
  }

  /** What is late though the line is up; each stream says so anew. */
  #tellLate(late) {
    clearTimeout(this.#onTime);
    const text = JSON.stringify(late);
    if (text === this.#late) return;
    this.#late = text;
    this.#onLate(late);
  }

  #show() {
    const behind = this.#reader.waiting || this.#resets > 0;
    const connected = ["live", "degraded", "asking"].includes(this.#connectionState);
    const state = behind && connected ? "catching-up" : this.#connectionState;
    if (state === this.#shown) return;
    this.#shown = state;
    this.#onState(state);
  }

  #watchPage() {
    const { signal } = this.#life;
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal });
    on(document, "visibilitychange", () => document.visibilityState === "visible" && this.#wake());
    on(window, "online", () => this.#connection.check(true));
    on(window, "offline", () => this.#connection.lose());
    // A page that is put away must keep neither the lock nor a connection that nobody reads.
    on(window, "pagehide", (event) => this.#putAway(event.persisted));
    on(document, "freeze", () => this.#stop());
    on(document, "resume", () => this.#wake());
    on(window, "pageshow", () => this.#wake());
  }

  #putAway(comesBack) {
    this.#stop();
    if (!comesBack) setTimeout(() => this.#wake(), STILL_HERE_MS); // it was said to go for good, and may be here still
  }

  #wake() {
    if (this.#life.signal.aborted) return;
    if (this.#running) this.#connection.check();
    else this.#start();
  }
}
