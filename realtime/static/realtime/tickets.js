// Asks for the ticket to the channel, again and again: it renews the token, tells whether the channel is still to be
// used, and how far the log is.

import { Moment } from "./moment.js";

const ANSWER_LIMIT_MS = 10_000;
const AGAIN_SECONDS = 600; // where the stream is all there is: the server may be told otherwise
const FIRST_PAUSE_SECONDS = 10;
const JITTER = 0.2; // sooner by up to so much: pages that came at once do not ask at once, and none asks late

export class Tickets {
  #url; #counts; #onTicket; #onFailure;
  #ask = null; // the latest one, until we are told to end
  #askedAt = new Moment();
  #again = 0;
  #timer = 0;

  /** How many asks in a row had no answer. */
  failures = 0;

  /** `counts` are told with each ask, and what was told is taken off. onTicket(ticket), onFailure() for each ask. */
  constructor({ url, counts, onTicket, onFailure }) {
    this.#url = url;
    this.#counts = counts;
    this.#onTicket = onTicket;
    this.#onFailure = onFailure;
  }

  /** Ask from now on; no matter if we do already. */
  begin() {
    if (!this.#ask) this.#askNow();
  }

  /** Ask now rather than when it is time. */
  hurry() {
    if (this.#ask) this.#askNow();
  }

  /** Ask now if it is overdue: timers sleep in hidden tabs and closed laptops. */
  check() {
    if (this.#askedAt.age > this.#again * 1_000) this.hurry();
  }

  end() {
    clearTimeout(this.#timer);
    this.#ask?.abort();
    this.#ask = null;
  }

  async #askNow() {
    this.end();
    const ask = (this.#ask = new AbortController());
    this.#askedAt = new Moment();
    this.#again = AGAIN_SECONDS; // while it is on its way
    const ticket = await this.#answer(ask);
    if (ask !== this.#ask) return;
    if (ticket) {
      this.failures = 0;
      this.#later(ticket.again_in ?? AGAIN_SECONDS);
      this.#onTicket(ticket);
    } else {
      this.failures += 1;
      this.#later(Math.min(AGAIN_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (this.failures - 1)));
      this.#onFailure();
    }
  }

  #later(seconds) {
    this.#again = seconds * (1 - Math.random() * JITTER);
    this.#timer = setTimeout(() => this.#askNow(), this.#again * 1_000);
  }

  /** The ticket; null without an answer. One who is signed out has the stream, which finds it out. */
  async #answer(ask) {
    const told = { ...this.#counts };
    const url = new URL(this.#url, location.href);
    url.search = new URLSearchParams(told);
    const timer = setTimeout(() => ask.abort(), ANSWER_LIMIT_MS);
    try {
      const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal: ask.signal });
      if (answer.status === 204 || answer.type === "opaqueredirect") return { transport: "none" };
      if (answer.status !== 200) return null;
      const ticket = await answer.json();
      for (const name of Object.keys(told)) this.#counts[name] -= told[name];
      return ticket;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}
