// Says that this page is looked at, each ten seconds while it is, and knows who else looks. See docs/events.md.
// Pages on mailboxes that nobody else can see ask nothing.
// A mailbox that shows its readers is a room with one within it for each conversation.

import { Moment } from "../realtime/moment.js";
import { post } from "./posting.js";
import { Room } from "./room.js";

const MOST_ROOMS = 3; // a page that shows more mailboxes is seen in the first ones
const IDLE_MS = 300_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart"];

export class Presence {
  #post; #onPeople; #onReaders; #reading; #shows;
  #rooms = new Map(); // by mailbox
  #actedAt = new Moment();
  #ended = false;

  /**
   * `accountId` is the one mailbox that is shown, or null for all; reading() is the key of the conversation that is open.
   * onPeople(people) gets everybody who is there; onReaders(byConversation, mailboxes) those who read, by its key, and
   * the mailboxes that show them.
   */
  constructor({ url, accountId, reading, onPeople, onReaders }) {
    this.#post = (words, leaving) => post(url, {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(words),
      redirect: "manual",
      keepalive: leaving,
    });
    [this.#reading, this.#onPeople, this.#onReaders] = [reading, onPeople, onReaders];
    this.#shows = (id) => accountId === null || accountId === id;
    this.#watchPage();
  }

  /** Take the mailboxes of the list; `shared` ones can be seen by somebody else. */
  follow(accounts) {
    const shared = accounts.filter(({ id, shared }) => shared && this.#shows(id)).slice(0, MOST_ROOMS);
    const there = new Set(shared.map(({ id }) => id));
    for (const id of this.#rooms.keys()) if (!there.has(id)) this.#drop(id);
    for (const id of there) this.#enter(id);
  }

  /** Take a mailbox's status: somebody may have joined it, or it may be ours alone again. */
  status({ account_id: id, shared, state }) {
    if (state === "disconnected" || shared === false) this.#drop(id);
    if (shared && this.#shows(id)) this.#enter(id, true);
  }

  /** Another conversation is open, or none. */
  turn() {
    for (const room of this.#rooms.values()) room.turn();
  }

  /** Take a frame of the stream. */
  hear(told) {
    for (const room of this.#rooms.values()) room.hear(told);
  }

  /** Say and show nothing any more: the session is over. */
  end() {
    this.#ended = true;
    for (const id of this.#rooms.keys()) this.#drop(id);
  }

  #enter(id, anew = false) {
    if (this.#ended) return;
    const known = this.#rooms.get(id);
    if (known && anew) known.resume();
    if (known || this.#rooms.size >= MOST_ROOMS) return;
    const state = () => (this.#actedAt.age < IDLE_MS ? "viewing" : "idle");
    const inner = () => this.#openIn(id);
    const room = new Room(`mailbox.${id}`, { post: this.#post, state, inner, onPeople: () => this.#tell() });
    this.#rooms.set(id, room);
    room.beat();
  }

  #drop(id) {
    const room = this.#rooms.get(id);
    this.#rooms.delete(id);
    room?.leave();
    if (room) this.#tell();
  }

  /** The name of the conversation of this mailbox that is open, or "". */
  #openIn(id) {
    const [account, thread] = this.#reading()?.split(":") ?? [];
    return account === String(id) ? `message.${account}.${thread}` : "";
  }

  #tell() {
    const people = [...this.#rooms.values()].flatMap((room) => room.people);
    const showing = [...this.#rooms.keys()].filter((id) => this.#rooms.get(id).showsReaders);
    this.#onPeople([...new Map(people.map((person) => [person.id, person])).values()]);
    this.#onReaders(readersOf(people), showing);
  }

  #watchPage() {
    const each = (act) => () => this.#rooms.forEach(act);
    const [back, gone] = [each((room) => room.beat()), each((room) => room.leave())];
    document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? back : gone)());
    document.addEventListener("resume", back);
    window.addEventListener("pageshow", ({ persisted }) => persisted && back());
    window.addEventListener("pagehide", gone);
    for (const sign of SIGNS) document.addEventListener(sign, () => this.#act(back), { passive: true, capture: true });
  }

  #act(back) {
    const wasIdle = this.#actedAt.age >= IDLE_MS;
    this.#actedAt = new Moment();
    if (wasIdle) back();
  }
}

/** Who has which conversation open, each with the state in which they do. */
function readersOf(people) {
  const readings = people.flatMap(({ id, name, inner = {} }) => {
    return Object.entries(inner).map(([room, state]) => ({ key: room.split(".").slice(1).join(":"), id, name, state }));
  });
  return Map.groupBy(readings, ({ key }) => key);
}
