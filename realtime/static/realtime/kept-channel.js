// Keeps one channel joined, as the tickets say: to which topic, with which key, or to none. Messages come opened and in
// the order in which they were heard.

import { Moment } from "./moment.js";
import { Seal } from "./seal.js";
import { SupabaseChannel } from "./supabase-channel.js";
import { Tickets } from "./tickets.js";

const REST_MS = [1_000, 30_000]; // before we join again: the least and the most
const LONG_REST_MS = [60_000, 300_000]; // after the third loss within a minute
const MANY_LOSSES = 3;
const MINUTE_MS = 60_000;
const MOST_FAILURES = 1; // of tickets: one ask may get lost

export class KeptChannel {
  #onMessage; #onTicket; #onBeat; #onDoubt;
  #tickets;
  #channel = null;
  #place = ""; // what it is joined to
  #joinedAt = null;
  #order = Promise.resolve();
  #losses = [];
  #byeAt = null;
  #rest = 0;

  /**
   * `url` is where the tickets are, `counts` what is told there. onMessage(message) gets each one opened, or null for
   * one that does not open; onTicket(ticket) each one for a channel; onBeat() each proof that the line is up;
   * onDoubt() whatever says that the channel is not to be relied on.
   */
  constructor({ url, counts, onMessage, onTicket, onBeat, onDoubt }) {
    this.#onMessage = onMessage;
    this.#onTicket = onTicket;
    this.#onBeat = onBeat;
    this.#onDoubt = onDoubt;
    this.#tickets = new Tickets({
      url,
      counts,
      onTicket: (ticket) => this.#take(ticket),
      onFailure: () => this.#tickets.failures > MOST_FAILURES && onDoubt(),
    });
  }

  /** For how long we have heard it, in milliseconds; 0 if we do not, or if nobody confirms that we should. */
  get heardMs() {
    return this.#joinedAt && this.#tickets.failures === 0 ? this.#joinedAt.age : 0;
  }

  begin() { this.#tickets.begin(); }

  end() {
    this.#tickets.end();
    this.#leave();
    clearTimeout(this.#rest);
    this.#rest = 0;
  }

  /** Look at the line now; `anew`: the network has just come back, perhaps another one. */
  check(anew = false) {
    if (anew && this.#channel) this.#leaveInDoubt();
    else this.#tickets.check();
    this.#channel?.check();
  }

  #take(ticket) {
    if (ticket.transport !== "supabase" || !globalThis.crypto?.subtle) {
      if (ticket.transport === "none") this.#tickets.end();
      if (this.#channel) this.#leave();
      this.#onDoubt();
      return;
    }
    const place = JSON.stringify([ticket.url, ticket.key, ticket.topic, ticket.seal]);
    if (this.#channel && place === this.#place) this.#channel.renew(ticket.token, ticket.expires_in);
    else if (!this.#rest) this.#join(ticket, place);
    this.#onTicket(ticket);
  }

  #join(ticket, place) {
    if (this.#channel) {
      this.#leave();
      this.#onDoubt();
    }
    this.#place = place;
    const seal = new Seal(ticket);
    const { url, key, topic, token } = ticket;
    try {
      const channel = (this.#channel = new SupabaseChannel({
        url,
        key,
        topic,
        token,
        onJoined: () => (this.#joinedAt = new Moment()),
        onMessage: (payload) => this.#open(channel, seal, payload),
        onBeat: this.#onBeat,
        onLost: () => this.#lost(),
      }));
    } catch (error) {
      console.warn("the channel's address is none", error);
    }
  }

  #open(channel, seal, payload) {
    const opened = seal.open(payload); // at once, and told in the order of their coming
    const tell = async () => {
      const message = await opened;
      if (channel !== this.#channel) return;
      if (message?.bye) this.#hearBye();
      else this.#onMessage(message);
    };
    this.#order = this.#order.then(tell).catch(reportError);
  }

  /** Nobody seals a goodbye: one that is said again and again has us rest, and not ask again and again. */
  #hearBye() {
    const again = this.#byeAt?.age < MINUTE_MS;
    this.#byeAt = new Moment();
    if (again) this.#lost();
    else this.#leaveInDoubt();
  }

  #leaveInDoubt() {
    this.#leave();
    this.#tickets.hurry();
    this.#onDoubt();
  }

  #leave() {
    this.#channel?.close();
    this.#channel = null;
    this.#joinedAt = null;
  }

  #lost() {
    this.#leave();
    this.#losses = [...this.#losses.filter(({ age }) => age < MINUTE_MS), new Moment()];
    const [least, most] = this.#losses.length < MANY_LOSSES ? REST_MS : LONG_REST_MS;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#rejoin(), least + Math.random() * (most - least));
    this.#onDoubt();
  }

  #rejoin() {
    this.#rest = 0;
    this.#tickets.hurry(); // the token may be what was refused
  }
}
