// What the reader sees: the truth with their own open acts over it. Pure.

import { byAge, conversation } from "./conversations.js";
import { counts, inInbox } from "./listing.js";

export class View {
  #listing; #overlay;

  constructor(listing, overlay) {
    this.#listing = listing;
    this.#overlay = overlay;
  }

  /** A conversation as the list shows it, or null if it does not. */
  conversation(key) {
    const messages = this.#listing.thread(key).map((message) => this.#overlay.seen(message));
    return conversation(messages.filter(({ label_ids: labels }) => inInbox(labels)));
  }

  /** All conversations, newest first. */
  all() {
    const threads = this.#listing.threads().map((key) => this.conversation(key));
    return threads.filter(Boolean).sort(byAge);
  }

  /** The unread count, with what the open acts make of it. */
  get unread() {
    const difference = ({ label_ids: labels }, seen) => counts(seen.label_ids) - counts(labels);
    const touched = [...this.#overlay.threads()].flatMap((key) => this.#listing.thread(key));
    const moved = touched.reduce((sum, message) => sum + difference(message, this.#overlay.seen(message)), 0);
    return Math.max(0, this.#listing.unread + moved);
  }
}
