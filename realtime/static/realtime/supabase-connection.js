// The stream, and a channel of Supabase Realtime beside it where the server gives tickets for one (docs/events.md).
// It has the methods of a Connection.
//
// The stream comes first, whatever the channel does, and is closed once the channel has proven itself. It is opened
// again, from where we are, at the first doubt: a number that is missing, a message that does not open, silence, a
// refusal. So what the channel loses costs a moment and no event.

import { isBehind, parseCursor } from "./cursor.js";
import { KeptChannel } from "./kept-channel.js";
import { Moment } from "./moment.js";

const PROOF_MS = 15_000; // the stream's server compares with the log each 12 s: it has told all that came before
const ON_ITS_WAY_MS = 2_000; // what the log has may still be on its way to us

export class SupabaseConnection {
  #stream; #channel; #types; #onFrame; #onState;
  #position; #state;
  #counts = { gaps: 0, fallbacks: 0, lag_ms: 0 };
  #carries = false; // the channel, alone
  #opening = 0; // counts them: what began before is over
  #readyAt = new Moment();
  #late = reasons([]); // as the stream told it last
  #told = null; // the newest id that the channel knows of
  #deaf = false; // it said that it was joined, and lost the last we know of

  /** `stream` may be open already; it is ours from now on. `ticket` is the tickets' address. */
  constructor(stream, { types, ticket, onFrame, onState }) {
    this.#stream = stream;
    this.#types = types;
    this.#onFrame = onFrame;
    this.#onState = onState;
    this.#position = stream.position;
    this.#state = stream.state;
    stream.onFrame = (type, id, text) => this.#hearStream(type, id, text);
    stream.onState = (state) => this.#hearState(state);
    this.#channel = new KeptChannel({
      url: ticket,
      counts: this.#counts,
      onMessage: (message) => this.#hearMessage(message),
      onTicket: (told) => this.#compare(told),
      onBeat: () => this.#hearBeat(),
      onDoubt: () => this.#back(),
    });
  }

  get state() { return this.#state; }

  get position() { return this.#position; }

  get heartbeat() { return this.#stream.heartbeat; }

  /** Put the channel beside a stream that is open already. */
  begin() { this.#channel.begin(); }

  open(cursor = this.#position) {
    this.#opening += 1;
    this.#carries = false;
    this.#position = cursor;
    this.#readyAt = new Moment();
    this.#stream.open(cursor);
  }

  close() {
    this.#opening += 1;
    this.#carries = false;
    this.#channel.end();
    this.#stream.close();
  }

  check(anew = false) {
    const carried = this.#carries;
    this.#channel.check(anew);
    if (!carried) this.#stream.check(anew);
  }

  lose() {
    if (this.#carries) this.#become("offline");
    else this.#stream.lose();
  }

  #hearStream(type, id, text) {
    if (type === "reset" || !isBehind(id, this.#position)) this.#position = id;
    if (type === "reset") this.#told = null;
    if (type === "late") this.#late = reasons(JSON.parse(text).late);
    if (type === "ready") {
      this.#readyAt = new Moment();
      this.#late = reasons([]); // each stream tells it anew
    }
    this.#channel.begin();
    if (type === "hb" && this.#isProven()) this.#carry();
    this.#onFrame(type, id, text);
  }

  /** Whether all that was written before the channel was joined has come, and all that it has told of since. */
  #isProven() {
    const lasts = this.#channel.heardMs > PROOF_MS && this.#readyAt.age > PROOF_MS;
    const whole = ["live", "asking"].includes(this.#stream.state) && !isBehind(this.#position, this.#told);
    return lasts && whole && !this.#deaf;
  }

  #carry() {
    this.#carries = true;
    this.#stream.close();
    this.#become("live");
  }

  #back() {
    if (!this.#carries) return;
    this.#counts.fallbacks += 1;
    this.open();
  }

  #hearState(state) {
    if (state === "signed-out") this.#channel.end();
    if (!this.#carries) this.#become(state);
  }

  /** As the stream beats: a tab that has missed the last event learns of it by the number. */
  #hearBeat() {
    if (!this.#carries) return;
    this.#become("live");
    this.#onFrame("hb", this.#position, "{}");
  }

  #hearMessage(message) {
    const place = parseCursor(this.#position);
    if (!place) return; // the stream has not begun
    if (message?.presence) this.#onFrame("presence", this.#position, JSON.stringify(message.presence));
    if (message?.presence && !message.epoch) return;
    if (message?.epoch !== place.epoch) { // or it does not open; whichever it is, the stream will tell
      this.#miss();
      return;
    }
    const { epoch, first, last, at, frames } = message;
    if (at) this.#counts.lag_ms = Math.max(this.#counts.lag_ms, Math.round(Date.now() - at * 1_000));
    this.#deaf = false;
    if (last <= place.seq) return;
    if (!isBehind(`${epoch}-${last}`, this.#told)) this.#told = `${epoch}-${last}`;
    if (first > place.seq + 1) this.#miss();
    else if (!frames.length) this.#back(); // it says no more than that there is something
    else this.#pass(frames.slice(place.seq + 1 - first));
  }

  #pass(frames) {
    const opening = this.#opening;
    if (this.#carries) this.#become("live");
    for (const { id, type, data } of frames) {
      this.#position = id;
      if (this.#types.includes(type)) this.#onFrame(type, id, JSON.stringify(data)); // as on a stream: else it is a gap
      if (opening !== this.#opening) return; // whoever gets a frame may open anew, or close
    }
  }

  /** Something is not there. The stream, where it is open, brings it; a miss is what is missed without it. */
  #miss() {
    if (this.#carries) this.#counts.gaps += 1;
    this.#back();
  }

  /** Compare a ticket with what has come: silence says nothing about the last message, nor of what is late. */
  #compare({ head, late }) {
    if (late && reasons(late) !== this.#late) this.#back(); // the stream tells it
    const opening = this.#opening;
    setTimeout(() => {
      if (!this.#carries || opening !== this.#opening) return;
      const same = parseCursor(head)?.epoch === parseCursor(this.#position)?.epoch;
      if (same && !isBehind(this.#position, head)) return;
      this.#deaf = same;
      this.#miss();
    }, ON_ITS_WAY_MS);
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}

/** What is late and why, as a text that can be compared. */
function reasons(late) {
  return JSON.stringify(late.map(({ account_id: id, reason }) => [id, reason]));
}
