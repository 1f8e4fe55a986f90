// The unread mail of the labels in the rail: each event moves a number on, and ten seconds later Gmail's own settles it.
// Only labels that are on the screen are asked for: a mailbox may have thousands.

import { labelsBefore } from "./listing.js";

const SETTLE_MS = 10_000; // the server asks Gmail for a label no sooner again (label_counts.py)
const AGAIN_MS = 60_000;
const MOST = 25; // labels of one question

const keyOf = (accountId, id) => `${accountId} ${id}`;
const unreadIn = (labels, id) => (labels.includes(id) && labels.includes("UNREAD") ? 1 : 0);

export class LabelCounts {
  #rail; #ask;
  #links = new Map(); // by key
  #seen = new Set(); // the keys of those on the screen
  #unread = new Map(); // by key
  #due = new Map(); // when to ask, by key
  #timer = 0;
  #observer = new IntersectionObserver((entries) => this.#look(entries));

  /** ask(accountId, ids) gets the unread mail of labels, by id. */
  constructor({ rail, ask }) {
    [this.#rail, this.#ask] = [rail, ask];
    document.addEventListener("visibilitychange", () => this.#plan());
    this.follow();
  }

  /** Take the links as they stand in the rail. */
  follow() {
    this.#observer.disconnect();
    this.#seen.clear();
    const links = [...this.#rail.querySelectorAll("[data-labels] a")];
    this.#links = new Map(links.map((link) => [keyOf(accountOf(link), link.dataset.view), link]));
    for (const [key, link] of this.#links) {
      this.#draw(key);
      this.#observer.observe(link);
    }
  }

  /** Take an event of the stream. */
  hear(type, payload) {
    const { account_id: accountId, message } = payload;
    if (type === "mailbox.resynced" || type === "message.deleted") this.#doubt(accountId);
    if (type !== "message.added" && type !== "message.changed") return;
    const [before, after] = [labelsBefore(type, payload), message.label_ids];
    for (const id of new Set([...before, ...after])) {
      this.#move(keyOf(accountId, id), unreadIn(after, id) - unreadIn(before, id));
    }
    this.#plan();
  }

  /** Ask again for all. */
  reset() { for (const link of this.#links.values()) this.#doubt(accountOf(link)); }

  #doubt(accountId) {
    for (const [key, link] of this.#links) if (accountOf(link) === String(accountId)) this.#dueIn(key, SETTLE_MS);
    this.#plan();
  }

  #move(key, difference) {
    if (!difference || !this.#unread.has(key)) return;
    this.#set(key, Math.max(0, this.#unread.get(key) + difference));
    this.#dueIn(key, SETTLE_MS);
  }

  #look(entries) {
    for (const { target: link, isIntersecting } of entries) {
      const key = keyOf(accountOf(link), link.dataset.view);
      if (isIntersecting) this.#seen.add(key);
      else this.#seen.delete(key);
      if (isIntersecting && !this.#unread.has(key) && !this.#due.has(key)) this.#dueIn(key, 0);
    }
    this.#plan();
  }

  #dueIn(key, ms) { this.#due.set(key, performance.now() + ms); }

  #plan() {
    clearTimeout(this.#timer);
    const times = [...this.#due].filter(([key]) => this.#seen.has(key)).map(([, at]) => at);
    if (!times.length || document.hidden) return;
    this.#timer = setTimeout(() => this.#settle(), Math.max(0, Math.min(...times) - performance.now()));
  }

  #settle() {
    const now = performance.now();
    const keys = [...this.#due].filter(([key, at]) => at <= now && this.#seen.has(key)).map(([key]) => key);
    const byMailbox = Map.groupBy(keys, (key) => accountOf(this.#links.get(key)));
    for (const [accountId, all] of byMailbox) this.#question(accountId, all.slice(0, MOST));
    this.#plan();
  }

  async #question(accountId, keys) {
    for (const key of keys) this.#due.delete(key);
    const ids = keys.map((key) => this.#links.get(key).dataset.view);
    const unread = await this.#ask(accountId, ids).catch(() => null);
    keys.forEach((key, index) => {
      if (this.#due.has(key)) return; // it changed meanwhile
      if (unread) this.#set(key, unread[ids[index]] ?? 0);
      else this.#dueIn(key, AGAIN_MS);
    });
    this.#plan();
  }

  #set(key, unread) {
    this.#unread.set(key, unread);
    this.#draw(key);
  }

  #draw(key) {
    const place = this.#links.get(key)?.querySelector(".rail-count");
    if (!place) return; // a server of the release before sends none
    const unread = this.#unread.get(key) ?? 0;
    place.hidden = unread === 0;
    place.firstElementChild.textContent = unread;
  }
}

const accountOf = (link) => link.closest("[data-labels]").dataset.labels;
