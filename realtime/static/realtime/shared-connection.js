// One connection per browser. The leader among the tabs holds it and passes every frame and state on; the others
// follow. A tab that is new or misses something says "hello" with its cursor, and the leader reopens from there.
// It has the methods of a Connection, so that event-stream.js need not know which of the two it has.

import { Connection } from "./connection.js";
import { isBehind } from "./cursor.js";
import { Tabs } from "./tabs.js";

const ANSWER_LIMIT_MS = 5_000; // a leader answers a "hello" at once; one that does not is frozen

export class SharedConnection {
  #connection; #tabs; #onFrame; #onState;
  #cursor = null;
  #joined = false;
  #takeover = 0;
  #pulse = 0;

  /** `name` is shared by the tabs that may share a connection; the rest is as for a Connection. */
  constructor({ name, url, types, onFrame, onState }) {
    this.#onFrame = onFrame;
    this.#onState = onState;
    this.#connection = new Connection({
      url,
      types,
      onFrame: (type, id, text) => {
        this.#tabs.send({ kind: "frame", type, id, text });
        if (type === "ready") this.#beat();
        onFrame(type, id, text);
      },
      onState: (state) => {
        this.#tell();
        onState(state);
      },
    });
    this.#tabs = new Tabs(name, {
      onLead: () => this.#lead(),
      onLost: () => this.#follow(),
      onMessage: (message) => (this.#tabs.leading ? this.#serve(message) : this.#hear(message)),
    });
  }

  /** Get what follows `cursor`, from whoever has the connection. */
  open(cursor) {
    this.#cursor = cursor;
    if (this.#tabs.leading) return this.#connection.open(cursor);
    if (!this.#joined) this.#tabs.join();
    this.#joined = true;
    return this.#ask();
  }

  close() {
    clearTimeout(this.#takeover);
    clearInterval(this.#pulse);
    this.#connection.close();
    if (this.#joined) this.#tabs.leave();
    this.#joined = false;
  }

  check(anew) {
    if (this.#tabs.leading) this.#connection.check(anew);
    else this.#tabs.send({ kind: "wake", anew });
  }

  lose() {
    if (this.#tabs.leading) this.#connection.lose();
    else this.#onState("offline");
  }

  /** Where this tab is: it is asked for again when the connection has to be. */
  at(cursor) {
    this.#cursor = cursor;
  }

  #lead() {
    clearTimeout(this.#takeover);
    this.#connection.open(this.#cursor);
    this.#tabs.send({ kind: "leader" });
    this.#beat();
  }

  #follow() {
    clearInterval(this.#pulse);
    this.#connection.close();
    this.#ask();
  }

  /** A sign of life while the server gives none: a leader that waits for it need not be replaced. */
  #beat() {
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => this.#tell(), this.#connection.heartbeat * 1_000);
  }

  #tell() {
    if (!this.#tabs.leading) return;
    this.#tabs.send({ kind: "state", state: this.#connection.state, heartbeat: this.#connection.heartbeat });
  }

  #ask() {
    this.#tabs.send({ kind: "hello", cursor: this.#cursor });
    this.#expectLeaderWithin(ANSWER_LIMIT_MS);
  }

  /** What a leader hears. */
  #serve({ kind, cursor, anew }) {
    if (kind === "wake") this.#connection.check(anew);
    if (kind !== "hello") return;
    if (isBehind(cursor, this.#connection.position)) {
      this.#connection.open(isBehind(this.#cursor, cursor) ? this.#cursor : cursor);
    }
    this.#tell();
  }

  /** What a follower hears. */
  #hear({ kind, type, id, text, state, heartbeat }) {
    if (kind === "hello" || kind === "wake") return;
    this.#expectLeaderWithin(2.5 * this.#connection.heartbeat * 1_000);
    if (kind === "leader") this.#ask();
    if (kind === "frame") this.#onFrame(type, id, text);
    if (kind === "state") {
      this.#connection.heartbeat = heartbeat;
      this.#onState(state);
    }
  }

  #expectLeaderWithin(ms) {
    clearTimeout(this.#takeover);
    // Jittered, so that of many tabs one takes over and the others hear of it.
    this.#takeover = setTimeout(() => this.#tabs.steal(), ms * (1 + Math.random() / 5));
  }
}
