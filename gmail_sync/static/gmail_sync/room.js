// One mailbox that this page shows: the beats that say so, and the newest list of the others. The server's times order
// the lists, so that one which was overtaken on its way changes nothing. A beat names the conversation that is open, too,
// once the server has said that the mailbox shows its readers.

import { Moment } from "../realtime/moment.js";

const AGAIN_MS = 10_000;
const APART_MS = 3_000; // the server takes no more
const LATER_MS = 60_000; // after a no that another server may not say, as in a deploy
const STALE_MS = 30_000; // a list that nothing has confirmed for so long is no longer shown
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

export class Room {
  #name; #post; #state; #inner; #onPeople;
  #client = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  #at = 0;
  #timer = 0;
  #asking = false;
  #again = false; // asked for while an answer was on its way
  #askedAt = null;
  #heardAt = new Moment();
  #present = false; // as far as the server knows
  #over = false;
  #told = ""; // the conversation that the last beat named

  people = [];
  showsReaders = false;

  /** state() is the page's; inner() names the conversation of this mailbox that it has open, or is "". */
  constructor(name, { post, state, inner, onPeople }) {
    [this.#name, this.#post, this.#state, this.#inner, this.#onPeople] = [name, post, state, inner, onPeople];
  }

  /** Say now that the page is looked at, or as soon as the server takes it. */
  beat() {
    if (this.#over) return;
    const wait = this.#askedAt ? APART_MS - this.#askedAt.age : 0;
    if (wait > 0) this.#later(wait);
    else this.#ask();
  }

  /** Another conversation may be open, or none. */
  turn() {
    if (this.#open !== this.#told) this.beat();
  }

  /** Somebody may be there after all. */
  resume() {
    this.#over = false;
    this.beat();
  }

  /** Say that the page is hidden or goes; the server waits a little, since it may be a reload. */
  leave() {
    clearTimeout(this.#timer);
    this.#again = false;
    if (!this.#present) return;
    this.#present = false;
    this.#post(this.#words("left"), true).catch(() => {}); // then it finds out by itself
  }

  /** Take a whole list, of this room and not older than the one that is known. */
  hear({ room, at, people }) {
    if (room !== this.#name || at < this.#at) return;
    this.#at = at;
    this.#show(people);
  }

  async #ask() {
    clearTimeout(this.#timer);
    if (document.visibilityState !== "visible") return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    this.#present = true;
    this.#askedAt = new Moment();
    this.#told = this.#open;
    let wait = AGAIN_MS;
    try {
      wait = await this.#take(await this.#post(this.#words(this.#state(), this.#told), false));
    } catch (error) {
      console.warn("presence could not be told", error);
      if (this.#heardAt.age >= STALE_MS) this.#show([]);
    }
    this.#asking = false;
    if (!this.#present) return;
    this.#later(this.#again || this.#open !== this.#told ? APART_MS : wait);
    this.#again = false;
  }

  /** Returns how long to wait, in milliseconds. */
  async #take(answer) {
    if (answer.status === 200) {
      const told = await answer.json();
      this.#heardAt = new Moment();
      this.showsReaders = told.shows_readers ?? this.showsReaders; // a server of the former release does not say it
      this.hear(told);
      this.#onPeople(); // also if the list was overtaken
      return told.again_in * 1_000 || AGAIN_MS;
    }
    if (answer.status === 429) return Number(answer.headers.get("Retry-After")) * 1_000 || APART_MS;
    if (answer.status >= 500) throw new Error(`the server answered ${answer.status}`);
    this.showsReaders = false;
    this.#show([]);
    if (answer.status === 204) this.#over = true; // nobody else can see it
    if (this.#over) this.#present = false;
    return LATER_MS;
  }

  #later(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  get #open() {
    return this.showsReaders ? this.#inner() : "";
  }

  #words(state, inner = "") {
    return { client: this.#client, room: this.#name, state, ...(inner && { inner }) };
  }

  #show(people) {
    this.people = people;
    this.#onPeople();
  }
}
