// Has the server read ahead the conversation that is most likely opened next. It does so only while readers have taken
// less than half of their share of the mailbox's minute (reading/views.py).

import { limited } from "./limited.js";

const REST_MS = 400; // whoever goes on sooner does not read
const MOST_OPEN = 2; // more are brought by one call when they are opened, which costs less

export class Ahead {
  #next;
  #last; // the key of the one that was read ahead
  #timer = 0;

  /** next() returns the conversation that is opened next, or undefined. */
  constructor(next) { this.#next = next; }

  /** Look once more what comes next, since another conversation is open. */
  turn() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), REST_MS);
  }

  #read() {
    const next = this.#next();
    if (!next || next.key === this.#last || document.hidden || navigator.connection?.saveData) return;
    this.#last = next.key;
    const opened = next.messages.filter((message) => message === next.newest || message.label_ids.includes("UNREAD"));
    if (opened.length > MOST_OPEN) return;
    for (const { account_id: accountId, id } of opened) {
      limited(`/messages/${accountId}/${encodeURIComponent(id)}/body/?warm=1`).catch(() => {});
    }
  }
}
