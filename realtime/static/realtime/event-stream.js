// The client of the stream: every event once and in order, or a reset that says so. See docs/events.md.
//
//   import { EventStream } from "/static/realtime/event-stream.js";
//   new EventStream({ url: "/events/", cursor, onEvent, onReset, onState });

import { Connection } from "./connection.js";
import { isBehind, parseCursor } from "./cursor.js";
import { Reader } from "./reader.js";
import { Tabs, canShareTabs } from "./tabs.js";

/** What the log may carry. A type that is missing here is invisible to EventSource, and so a gap. */
export const EVENT_TYPES = [
  "message.added", "message.changed", "message.deleted", "mailbox.resynced", "mailbox.counts", "account.status",
];

const ANSWER_LIMIT_MS = 5_000; // a leader answers at once; one that does not is frozen

export class EventStream {
  #onEvent; #onReset; #onState; #onForeign;
  #reader; #connection; #tabs = null;
  #base = "connecting";
  #shown = "";
  #resets = 0;
  #takeover = 0;
  #pulse = 0;
  #life = new AbortController();

  constructor({
    url,
    cursor = null,
    onEvent,
    onReset = () => {},
    onState = () => {},
    onForeign = () => setTimeout(() => location.reload(), Math.random() * 3_000),
    types = EVENT_TYPES,
    share = true,
  }) {
    this.#onEvent = onEvent;
    this.#onReset = onReset;
    this.#onState = onState;
    this.#onForeign = onForeign;
    this.#reader = new Reader(cursor);
    this.#connection = new Connection({
      url,
      types,
      onFrame: (type, id, text) => {
        this.#tabs?.send({ kind: "frame", type, id, text });
        this.#take(type, id, text);
      },
      onState: (state) => {
        this.#tell();
        this.#become(state);
      },
    });
    if (share && parseCursor(cursor) && canShareTabs()) {
      this.#tabs = new Tabs(`event-stream 1 ${url} ${parseCursor(cursor).epoch}`, {
        onLead: () => this.#lead(),
        onLost: () => this.#follow(),
        onMessage: (message) => this.#hear(message),
      });
    }
    this.#watchPage();
    this.#start();
    this.#show();
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
    if (!this.#tabs) return this.#connection.open(this.cursor);
    this.#tabs.join();
    this.#ask();
  }

  #stop() {
    clearTimeout(this.#takeover);
    clearInterval(this.#pulse);
    this.#connection.close();
    this.#tabs?.leave();
  }

  // The tabs: the leader holds the connection and passes every frame on; each tab judges frames by its own cursor.

  #lead() {
    clearTimeout(this.#takeover);
    this.#connection.open(this.cursor);
    this.#tabs.send({ kind: "leader" });
    this.#pulse = setInterval(() => this.#tell(), this.#connection.heartbeat * 1_000);
  }

  #follow() {
    clearInterval(this.#pulse);
    this.#connection.close();
    this.#ask();
  }

  #ask() {
    this.#tabs.send({ kind: "hello", cursor: this.cursor });
    this.#expectLeaderWithin(ANSWER_LIMIT_MS);
  }

  #tell() {
    if (this.#tabs?.leading) {
      this.#tabs.send({ kind: "state", state: this.#connection.state, heartbeat: this.#connection.heartbeat });
    }
  }

  #expectLeaderWithin(ms) {
    clearTimeout(this.#takeover);
    // Jittered, so that of many tabs one takes over and the others hear of it.
    this.#takeover = setTimeout(() => this.#tabs.steal(), ms * (1 + Math.random() / 5));
  }

  #hear(message) {
    if (this.#tabs.leading) {
      if (message.kind === "hello") this.#serve(message.cursor);
      if (message.kind === "wake") this.#connection.check();
      return;
    }
    if (message.kind === "hello" || message.kind === "wake") return;
    this.#expectLeaderWithin(2.5 * this.#connection.heartbeat * 1_000);
    if (message.kind === "leader") this.#ask();
    if (message.kind === "frame") this.#take(message.type, message.id, message.text);
    if (message.kind === "state") {
      this.#connection.heartbeat = message.heartbeat;
      this.#become(message.state);
    }
  }

  #serve(cursor) {
    if (isBehind(cursor, this.#connection.position)) {
      this.#connection.open(isBehind(this.cursor, cursor) ? this.cursor : cursor);
    }
    this.#tell();
  }

  // The frames

  #take(type, id, text) {
    const payload = JSON.parse(text);
    if (type === "ready" && payload.heartbeat) this.#connection.heartbeat = payload.heartbeat;
    const verdict = this.#reader.judge(type, id, payload);
    if (verdict === "deliver") this.#onEvent(type, payload, id);
    if (verdict === "reset") this.#reset(type === "reset" ? payload.reason : "gap");
    if (verdict === "gap") this.#refill();
    if (verdict === "foreign") {
      this.close();
      this.#onForeign();
    }
    this.#show();
  }

  #refill() {
    if (!this.#tabs || this.#tabs.leading) this.#connection.open(this.cursor);
    else this.#ask();
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

  // The state

  #become(state) {
    this.#base = state;
    this.#show();
  }

  #show() {
    const behind = this.#reader.waiting || this.#resets > 0;
    const state = behind && (this.#base === "live" || this.#base === "degraded") ? "catching-up" : this.#base;
    if (state === this.#shown) return;
    this.#shown = state;
    this.#onState(state);
  }

  #watchPage() {
    const { signal } = this.#life;
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal });
    const wake = () => {
      if (!this.#tabs || this.#tabs.leading) this.#connection.check();
      else this.#tabs.send({ kind: "wake" });
    };
    on(document, "visibilitychange", () => document.visibilityState === "visible" && wake());
    on(window, "online", wake);
    on(window, "offline", () => this.#connection.lose());
    // A page that is put away must not keep the lock, nor a connection that nobody reads.
    on(window, "pagehide", () => this.#stop());
    on(document, "freeze", () => this.#stop());
    on(window, "pageshow", (event) => event.persisted && this.#start());
    on(document, "resume", () => this.#start());
  }
}
