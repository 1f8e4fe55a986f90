// One connection to the stream that comes back by itself, whatever ends it. It knows nothing of tabs or pages.
//
// A native EventSource reconnects after a broken line (and honours `retry`), but ends for good on any answer but
// 200, and does not notice a line that died in silence. Both are mended here.

import { Moment } from "./moment.js";
import { CONTROL_TYPES } from "./reader.js";

const FIRST_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 30_000;
const CAP_WAIT_MS = 120_000; // the server's `retry` after `bye cap` is a good minute
const PROBE_LIMIT_MS = 10_000;
const LOOK_MS = 1_000; // a timer for the whole wait would sleep with the laptop
const DOUBT = 1.25; // heartbeats of silence after which nobody may read "live" any more
const DEAD = 1.5; // and after which the line is given up
const HELD_MS = 8_000; // an open line that has said nothing by then is held back, or its server is late
const GRACE_MS = 1_000; // by which the server's own timer may be late
const OUTSIDE_WAIT_MS = 300_000; // a redirect leads to somebody's login, who did not ask for us
const SERVER = "server";
const PROXY = "proxy";

export class Connection {
  #url; #types; #onFrame; #onState;
  #source = null;
  #position = null;
  #failures = 0;
  #heardAt = new Moment();
  #openedAt = null; // until the first frame comes
  #watchdog = 0;
  #retry = 0;
  #degraded = false;
  #state = "";

  /** Seconds between the server's heartbeats, as `ready` tells them. */
  heartbeat = 20;

  /** onFrame(type, id, text) gets every frame, onState(state) every change. */
  constructor({ url, types, onFrame, onState }) {
    this.#url = url;
    this.#types = [...CONTROL_TYPES, ...types];
    this.#onFrame = onFrame;
    this.#onState = onState;
  }

  get state() { return this.#state; }

  /** The id of the last frame that came, or the cursor that was asked for. */
  get position() { return this.#position; }

  /** Connect, from `cursor` on; an earlier connection ends first. */
  open(cursor = this.#position) {
    if (this.#state !== "offline") this.#become("connecting");
    this.#connect(cursor);
  }

  #connect(cursor) {
    this.close();
    this.#position = cursor;
    const url = new URL(this.#url, location.href);
    url.searchParams.set("late", "1"); // tell us what is late, too
    if (cursor) url.searchParams.set("lastEventId", cursor);
    const source = new EventSource(url);
    for (const type of this.#types) {
      source.addEventListener(type, (event) => source === this.#source && this.#take(event));
    }
    source.addEventListener("error", () => source === this.#source && this.#broken());
    this.#source = source;
    this.#heardAt = this.#openedAt = new Moment();
    this.#watchdog = setInterval(() => this.#look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  /** Look at the line now: timers sleep in hidden tabs and closed laptops. `anew`: the network has just come back. */
  check(anew = false) {
    const dead = !this.#source || this.#source.readyState === EventSource.CLOSED;
    const stale = this.#isSilentFor(DOUBT) || (anew && this.#state !== "live");
    if (dead || (stale && this.#state !== "waiting")) this.open();
  }

  /** The browser says that the network is away. */
  lose() {
    this.#become("offline");
  }

  #take({ type, lastEventId, data }) {
    this.#position = lastEventId;
    this.#heardAt = new Moment();
    this.#openedAt = null;
    if (type === "ready") this.#welcome(JSON.parse(data));
    if (type === "status") this.#degraded = JSON.parse(data).live === "degraded";
    if (type === "bye") this.#dismissed(JSON.parse(data).reason);
    else this.#become(this.#degraded ? "degraded" : "live");
    this.#onFrame(type, lastEventId, data);
  }

  #welcome({ heartbeat }) {
    this.heartbeat = heartbeat || this.heartbeat;
    this.#failures = 0;
    this.#degraded = false; // the server says so anew on each stream
  }

  #dismissed(reason) {
    if (reason === "auth") {
      this.#source.close(); // the session is gone; the browser may have another one, after a new password
      this.#become("connecting");
      this.#giveUpAndRetry();
    } else if (reason === "cap") {
      this.#become("waiting");
    } // deploy and age: the browser comes back by itself, when `retry` said
  }

  #broken() {
    this.#failures += 1;
    this.#openedAt = new Moment();
    const next = this.#failures > 2 || !navigator.onLine ? "offline" : "connecting";
    if (!["waiting", "signed-out"].includes(this.#state)) this.#become(next);
    if (this.#source.readyState === EventSource.CLOSED) this.#giveUpAndRetry();
  }

  async #giveUpAndRetry() {
    const source = this.#source;
    clearInterval(this.#watchdog);
    const said = await signedOutBy(this.#url);
    if (source !== this.#source) return; // opened again or closed meanwhile
    if (said === SERVER) this.close();
    if (said) this.#become("signed-out");
    if (said === SERVER) return;
    // Full jitter: after an outage the clients must not come back as one.
    const longest = Math.min(said ? OUTSIDE_WAIT_MS : LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    const again = () => (this.#state === "signed-out" ? this.#connect(this.#position) : this.open());
    this.#retry = setTimeout(again, Math.random() * longest);
  }

  /** A line that fell silent is told before it is given up: between the two, a frame may still come. */
  #look() {
    if (this.#state === "waiting") {
      if (this.#heardAt.age > CAP_WAIT_MS) this.open();
    } else if (this.#isSilentFor(DEAD)) {
      this.open();
    } else if (this.#openedAt?.age > HELD_MS) {
      this.#become("held");
    } else if (this.#isSilentFor(DOUBT) && (this.#state === "live" || this.#state === "degraded")) {
      this.#become("silent");
    }
  }

  #isSilentFor(heartbeats) {
    return this.#heardAt.age > heartbeats * this.heartbeat * 1_000 + GRACE_MS;
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}

export async function isSignedOut(url) {
  return Boolean(await signedOutBy(url));
}

/**
 * An EventSource cannot see the status that ended it. Our server says by 204 that the user is signed out. A redirect is a
 * proxy's: to a login, or to a page that goes by. Until we are let in again it means the same.
 */
async function signedOutBy(url) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PROBE_LIMIT_MS);
  try {
    const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal: limit.signal });
    if (answer.status === 204) return SERVER;
    return answer.type === "opaqueredirect" ? PROXY : null;
  } catch {
    return null; // no answer is no answer
  } finally {
    clearTimeout(timer);
    limit.abort(); // a 200 is a stream that nobody wants
  }
}
