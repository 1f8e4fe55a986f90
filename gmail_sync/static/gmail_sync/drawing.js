// Draws what the page shows of its truth: the rows of both lists, the counts, and the open conversation.

import { drawCounts } from "./rail.js";
import { Turns } from "./turns.js";

export class Drawing {
  #parts;
  #turns = new Turns(() => this.counts());
  #arrived = new Set();

  /** parts() are the page's, which are made after this and know it. */
  constructor(parts) { this.#parts = parts; }

  /** Draw something, and then the counts, in one of the next turns: an event may be one of hundreds. */
  soon(name, job) {
    this.#turns.ask(name, () => this.#parts().signedOut.away || job());
  }

  /** The same for a conversation of the inbox. */
  conversationSoon(key, { arrived, words }) {
    if (arrived) this.#arrived.add(key);
    this.soon(`inbox ${key}`, () => this.conversation(key, { arrived: this.#arrived.delete(key), words }));
  }

  countsSoon() { this.#turns.askWhole(); }

  /** A conversation of the inbox; `words` say who else took it, and leave it in its place until one looks away. */
  conversation(key, { arrived = false, words = "" } = {}) {
    const { view, rows } = this.#parts();
    const conversation = view.conversation(key);
    if (conversation) rows.show(conversation, arrived);
    else if (words && rows.row(key) && !document.hidden) rows.leave(key, words);
    else rows.hide(key);
  }

  all() {
    const { view, rows } = this.#parts();
    rows.replace(view.all());
    this.counts();
  }

  counts() {
    const { signedOut, head, view, listing, older, rows, mailboxes, desk } = this.#parts();
    if (signedOut.away) return;
    head.count(view.unread, listing.exact);
    drawCounts(listing.byMailbox, view.unread);
    older.draw();
    document.getElementById("listing").dataset.empty = rows.count ? "no" : mailboxes.emptyReason();
    desk.draw();
  }

  /** What acts have changed in these conversations, wherever they are seen. */
  acts(threads) {
    const { signedOut, found, reader, saving } = this.#parts();
    for (const key of threads) this.conversation(key);
    if (!signedOut.away) found.draw();
    reader.draw();
    saving.watch();
    this.counts();
  }

  /** Let the inbox or what was found be seen. */
  turn(name, title) {
    const { head, desk } = this.#parts();
    head.turn(name === "found", title);
    desk.turn(name);
  }
}
