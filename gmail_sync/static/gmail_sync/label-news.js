// Keeps the page's labels as the server lists them.

import { drawLinks } from "./labels.js";

export class LabelNews {
  #labels; #ask; #changed;

  /** ask(accountId, {anew}) gets a mailbox's labels; changed(accountId) is called when they differ from what was known. */
  constructor({ labels, ask, changed }) {
    [this.#labels, this.#ask, this.#changed] = [labels, ask, changed];
    for (const id of labels.unlisted) this.take(id, { anew: true });
  }

  /** Take a mailbox's labels; with `anew` the server lists them again, and tells of a difference later. */
  async take(accountId, { anew = false } = {}) {
    const listed = await this.#ask(accountId, { anew }).catch(() => null);
    if (!listed || !this.#labels.set(accountId, listed)) return;
    const links = document.querySelector(`[data-labels="${accountId}"]`);
    if (links) drawLinks(links, accountId, this.#labels.of(accountId));
    this.#changed(accountId);
  }
}
