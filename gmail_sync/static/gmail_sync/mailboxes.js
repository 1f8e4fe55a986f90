// The mailboxes behind the list; notices above it tell what each is busy with.

import { drawProgress } from "./progress.js";
import { lateWords } from "./words.js";

export class Mailboxes {
  #list;
  #states = new Map();
  #emails = new Map();
  #lateWords;

  /** `lateWords` are the sentences by reason. */
  constructor(list, accounts, lateWords) {
    this.#list = list;
    this.#lateWords = lateWords;
    this.#emails = new Map(accounts.map(({ id, email }) => [id, email]));
    for (const account of accounts) this.#draw(account.id, account);
  }

  /** Take the server's answer. Returns false if the page was made for other mailboxes, or before one was renamed. */
  load(accounts) {
    if (accounts.length !== this.#states.size) return false;
    if (!accounts.every(({ id, email }) => this.#emails.get(id) === email)) return false;
    for (const account of accounts) this.#draw(account.id, account);
    return true;
  }

  /**
   * Take an account's status. Returns "strange" if the page was made for other mailboxes, "renamed" if for another
   * address of one, "fuller" if a first sync brought mail without events, else "".
   */
  apply({ account_id: id, ...status }) {
    const former = this.#states.get(id);
    if (status.state === "disconnected") return former ? "strange" : "";
    if (!former) return "strange";
    if (this.#emails.get(id) !== status.email) return "renamed";
    this.#draw(id, status);
    return former === "syncing" || status.state === "syncing" ? "fuller" : "";
  }

  /** Each mailbox as {id, email, state}. */
  all() {
    return [...this.#states].map(([id, state]) => ({ id, state, email: this.#emails.get(id) }));
  }

  /** Say which mailboxes are not read, and why. */
  late(late) {
    for (const notice of this.#list.children) {
      const found = late.find(({ account_id: id }) => id === Number(notice.dataset.account));
      notice.dataset.late = found?.reason ?? "";
      const words = notice.querySelector(".late-words");
      if (found && words) words.textContent = lateWords(this.#lateWords[found.reason], found.since);
    }
  }

  /** The reason why nothing is listed; the page has words for each. */
  emptyReason() {
    if (this.#states.size === 0) return "no-mailbox";
    return [...this.#states.values()].includes("syncing") ? "syncing" : "nothing";
  }

  #draw(id, { state, done = 0, total = 0, can_act: canAct }) {
    this.#states.set(id, state);
    const notice = this.#list.querySelector(`[data-account="${id}"]`);
    if (!notice) return;
    notice.dataset.state = state;
    if (canAct !== undefined && notice.dataset.acts) notice.dataset.acts = canAct ? "yes" : "no";
    drawProgress(notice, done, total);
  }
}
