// One connection per browser. The leader among the tabs holds it (leader.js); the others follow what it says. A tab that
// is new or misses something says "hello" with its cursor, and the leader reopens from there.
//
// A leader's word is good while the leader is: one that does not answer is replaced, words of a former one are not
// heard, and that the session has ended each tab finds out for itself.
//
// It has the methods of a Connection, so that event-stream.js need not know which of the two it has.

import { isSignedOut } from "./connection.js";
import { Leader } from "./leader.js";
import { Moment } from "./moment.js";
import { Tabs } from "./tabs.js";

const LOOK_MS = 1_000;
const QUIET_MS = 10_000; // a dialog stops a leader in the middle of a word: ask one that says nothing for so long
const ANSWER_LIMIT_MS = 5_000; // it answers at once, also when it is hidden; one that does not is frozen

export class SharedConnection {
  #url; #leader; #tabs; #onFrame; #onState;
  #leaderId = null;
  #cursor = null;
  #joined = false;
  #watchdog = 0;
  #heardAt = new Moment();
  #askedAt = null;
  #patience = 0;
  #state = "";

  /** `name` is shared by the tabs that may share a connection; the rest is as for a Leader. */
  constructor({ name, url, types, ticket, onFrame, onState }) {
    this.#url = url;
    this.#onFrame = onFrame;
    this.#onState = onState;
    this.#leader = new Leader({
      url,
      types,
      ticket,
      send: (message) => this.#tabs.send(message),
      onFrame,
      onState: (state) => this.#become(state),
    });
    this.#tabs = new Tabs({ name, url, types }, {
      onLead: () => this.#lead(),
      onLost: () => this.#follow(),
      onMessage: (message) => (this.#tabs.leading ? this.#leader.hear(message) : this.#hear(message)),
    });
  }

  /** Get what follows `cursor`, from whoever has the connection. */
  open(cursor) {
    this.#cursor = cursor;
    if (this.#tabs.leading) {
      this.#leader.open(cursor);
    } else if (this.#joined) {
      this.#ask();
    } else {
      this.#joined = true;
      this.#become("connecting");
      this.#tabs.join();
      this.#watch();
    }
  }

  close() {
    clearInterval(this.#watchdog);
    this.#leader.close();
    if (this.#joined) this.#tabs.leave();
    this.#joined = false;
    this.#state = "";
  }

  check(anew) {
    if (this.#tabs.leading) this.#leader.check(anew);
    else this.#tabs.send({ kind: "wake", anew });
  }

  lose() {
    if (this.#tabs.leading) this.#leader.lose();
    else this.#become("offline");
  }

  /** Where this tab is: it is asked for again when the connection has to be. */
  at(cursor) {
    this.#cursor = cursor;
    this.#leader.at(cursor);
  }

  #lead() {
    clearInterval(this.#watchdog);
    this.#leader.begin(this.#cursor);
    this.#become(this.#leader.state);
  }

  #follow() {
    this.#leader.close();
    this.#become("connecting");
    this.#watch();
  }

  #watch() {
    this.#leaderId = null;
    clearInterval(this.#watchdog);
    this.#watchdog = setInterval(() => this.#look(), LOOK_MS);
    this.#ask();
  }

  #ask() {
    this.#tabs.send({ kind: "hello", cursor: this.#cursor });
    // Jittered, so that of many tabs one takes over and the others hear of it.
    this.#patience = ANSWER_LIMIT_MS * (1 + Math.random() / 5);
    this.#askedAt = new Moment();
  }

  #look() {
    if (this.#askedAt?.age > this.#patience) {
      this.#become("connecting");
      this.#askedAt = null;
      this.#tabs.steal();
    } else if (this.#askedAt === null && this.#heardAt.age > QUIET_MS && this.#state !== "signed-out") {
      this.#ask();
    }
  }

  /** What a follower hears. */
  #hear({ kind, from, type, id, text, state, late }) {
    if (kind === "hello" || kind === "wake") return;
    const elected = kind === "leader" || this.#leaderId === null;
    if (!elected && from !== this.#leaderId) return;
    this.#leaderId = from;
    this.#heardAt = new Moment();
    this.#askedAt = null;
    if (kind === "leader") this.#ask();
    if (kind === "frame") this.#onFrame(type, id, text);
    if (kind === "state") {
      if (late !== undefined) this.#onFrame("late", this.#cursor, late ?? '{"late":[]}');
      if (state === "signed-out") this.#verify();
      else this.#become(state);
    }
  }

  /** The leader has seen its session end; ours may be a later one, of a page that came after a new sign-in. */
  async #verify() {
    if (this.#state === "signed-out") return;
    this.#become("connecting");
    const leaderId = this.#leaderId;
    const signedOut = await isSignedOut(this.#url);
    if (!this.#joined || this.#tabs.leading || leaderId !== this.#leaderId || this.#state !== "connecting") return;
    if (signedOut) this.#become("signed-out");
    else this.#ask();
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
