// What the holder of the one connection does for all others: it passes every frame and state on, and answers who asks.
// A tab that holds the lock is one (shared-connection.js), or a worker where there are no locks (tabs-worker.js), or a
// tab that shares with nobody.

import { isBehind } from "./cursor.js";
import { TwoWays } from "./two-ways.js";

export class Leader {
  #connection; #wiring; #send;
  #late = null;
  #cursor = null;
  #open = false;

  /** send(message) reaches every other tab; onFrame and onState get what they get. */
  constructor({ url, types, ticket, send, onFrame = () => {}, onState = () => {} }) {
    this.#send = (message) => send({ ...message, from: this.id });
    this.#wiring = {
      url,
      types,
      ticket,
      onFrame: (type, id, text) => {
        if (type === "ready") this.#late = null;
        if (type === "late") this.#late = text;
        this.#send({ kind: "frame", type, id, text });
        onFrame(type, id, text);
      },
      onState: (state) => {
        this.#tell();
        onState(state);
      },
    };
    this.#connection = new TwoWays(this.#wiring);
    /** Tells its words from those of a former leader that does not know yet that it is one. */
    this.id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  }

  get state() { return this.#connection.state; }

  /** Begin to lead, from `cursor` on. */
  begin(cursor) {
    this.announce();
    this.open(cursor);
  }

  announce() {
    this.#send({ kind: "leader" });
  }

  /** Open anew from `cursor`, where this tab is. */
  open(cursor) {
    this.#cursor = cursor;
    this.#open = true;
    this.#connection.open(cursor);
    this.#addChannel();
  }

  /** Where this tab is: it is asked for again when the connection has to be. */
  at(cursor) {
    this.#cursor = cursor;
  }

  close() {
    this.#open = false;
    this.#connection.close();
  }

  check(anew) { this.#connection.check(anew); }

  lose() { this.#connection.lose(); }

  /** Answer what another tab said. */
  hear({ kind, cursor, anew }) {
    if (kind === "wake") this.#connection.check(anew);
    if (kind !== "hello") return;
    const { position, state } = this.#connection;
    if (isBehind(cursor, position)) {
      this.#connection.open(isBehind(this.#cursor, cursor) ? this.#cursor : cursor);
    } else if (position === null || state === "signed-out") {
      this.#connection.open(position ?? cursor); // who asks may have signed in since
    }
    this.#tell();
  }

  /** Once the stream is under way; the code is loaded only where the server gives tickets. */
  async #addChannel() {
    const { ticket } = this.#wiring;
    if (!ticket) return;
    this.#wiring.ticket = null;
    try {
      const { SupabaseConnection } = await import("./supabase-connection.js");
      this.#connection = new SupabaseConnection(this.#connection, { ...this.#wiring, ticket });
      if (this.#open) this.#connection.begin();
    } catch (error) {
      console.warn("the stream is all there is", error); // the file may be gone, as in a deploy
    }
  }

  #tell() {
    const { state, heartbeat } = this.#connection;
    this.#send({ kind: "state", state, heartbeat, late: this.#late });
  }
}
