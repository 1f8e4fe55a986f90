// The rows on the page, one a conversation, under their days and in blocks. Texts are written as text only: subjects
// contain HTML on purpose.

import { Blocks } from "./blocks.js";
import { byAge, threadOf } from "./conversations.js";
import { drawLabels } from "./labels.js";
import { fill, refreshDate, tellGone } from "./row.js";

const GLOWS = 4; // rows that have just come: the browser finds the style of each anew for every frame

export class Rows {
  #blank; #accounts; #blocks; #labels; #of;
  #rows = new Map(); // the element of each conversation
  #shown = new Map(); // the conversation of each that has its place
  #order = []; // those, newest first
  #today = new Date().toDateString();
  #gone = new Set(); // taken by somebody else, and still in their place
  #glowing = new Set();

  /** Called with (key, successor, held) when a row is gone; `successor` took its place, `held` if it had the focus. */
  onLeave = () => {};

  /** Called with (key, row) when a row was drawn. */
  onShow = () => {};

  /**
   * `template` holds the blank row and the limits of dates, `accounts` maps ids to mailboxes, `days` the words of days;
   * `labels` are those of the mailboxes, and ids in the rows begin with `of`, which no other list on the page has.
   */
  constructor(container, template, accounts, days = {}, { labels = null, of = "" } = {}) {
    [this.#blank, this.#accounts, this.#labels, this.#of] = [template, accounts, labels, of];
    this.#blocks = new Blocks(container, document.getElementById("blank-day"), template, days);
    for (const row of container.querySelectorAll(".row")) this.#rows.set(keyOfRow(row), row);
    for (const row of [...this.#rows.values(), template.content]) row.querySelector(".row-link").tabIndex = -1; // focus.js
  }

  get count() { return this.#rows.size; }
  get first() { return this.#order[0]?.key; }
  get keys() { return this.#order.map(({ key }) => key); }

  /** The conversation that a row shows. */
  conversation(key) { return this.#shown.get(key); }
  row(key) { return this.#rows.get(key); }
  link(key) { return this.#rows.get(key)?.querySelector(".row-link"); }
  keyOf(element) { return keyOfRow(element?.closest?.(".row")); }

  /** The conversation `step` rows further on, or the last one before the end. */
  beside(key, step) {
    const index = this.#indexOf(key) + step;
    return this.#order[Math.min(Math.max(index, 0), this.#order.length - 1)]?.key;
  }

  /** Show exactly these conversations, newest first; rows that stay keep their element, and so the focus. */
  replace(conversations) {
    const fresh = new Map(conversations.map((one) => [one.key, one]));
    for (const key of [...this.#rows.keys()]) if (!fresh.has(key) && !this.#gone.has(key)) this.hide(key);
    this.#order = this.#order.map((one) => fresh.get(one.key) ?? one).sort(byAge); // each answer has ranks of its own
    for (const one of this.#order) this.#shown.set(one.key, one);
    for (const one of conversations) this.show(one);
  }

  /** Draw the conversation where its date puts it. */
  show(conversation, arrived = false) {
    const { key } = conversation;
    const row = this.#rows.get(key) ?? this.#blank.content.firstElementChild.cloneNode(true);
    const held = row.contains(document.activeElement) && document.activeElement;
    this.#gone.delete(key);
    this.#rows.set(key, row);
    fill(row, conversation, this.#accounts.get(conversation.account_id), this.#blank, this.#of);
    if (this.#labels) {
      drawLabels(row.querySelector(".row-labels"), this.#labels.among(conversation.account_id, conversation.messages));
    }
    this.onShow(key, row);
    this.#place(row, conversation);
    if (held && document.activeElement !== held) held.focus({ preventScroll: true });
    if (arrived) this.#glow(row);
  }

  hide(key) {
    const row = this.#rows.get(key);
    if (!row) return;
    const held = row.contains(document.activeElement);
    const index = this.#indexOf(key);
    this.#gone.delete(key);
    this.#rows.delete(key);
    this.#shown.delete(key);
    if (index >= 0) this.#order.splice(index, 1);
    this.#blocks.remove(row);
    this.onLeave(key, (this.#order[index] ?? this.#order[index - 1])?.key, held);
  }

  /** Say who took a conversation, and leave its row in its place until `sweep`. */
  leave(key, words) {
    const row = this.#rows.get(key);
    if (!row) return;
    this.#gone.add(key);
    tellGone(row, words);
  }

  /** Write words into a row, at the place where others say where they lie. */
  mark(key, words) {
    const place = this.#rows.get(key)?.querySelector(".row-place");
    if (place) Object.assign(place, { textContent: words, hidden: false });
  }

  /** Take off the rows that others took, but for `except`. Returns true if there were any. */
  sweep(except) {
    const taken = [...this.#gone].filter((key) => key !== except);
    for (const key of taken) this.hide(key);
    return taken.length > 0;
  }

  /** Yesterday's "14:05" is today's "12 Nov", and under another heading. */
  refreshDates() {
    const today = new Date().toDateString();
    if (today === this.#today) return;
    this.#today = today;
    for (const row of this.#rows.values()) refreshDate(row, this.#blank);
    this.#order.forEach((one, index) => this.#insert(this.#rows.get(one.key), index));
  }

  #glow(row) {
    row.classList.add("arrived");
    this.#glowing.add(row);
    if (this.#glowing.size <= GLOWS) return;
    const [first] = this.#glowing;
    this.#glowing.delete(first);
    first.classList.remove("arrived");
  }

  #place(row, conversation) {
    const former = this.#indexOf(conversation.key);
    if (former >= 0) this.#order.splice(former, 1);
    const index = this.#search(conversation);
    this.#order.splice(index, 0, conversation);
    this.#shown.set(conversation.key, conversation);
    this.#insert(row, index);
  }

  #insert(row, index) {
    const at = (place) => this.#rows.get(this.#order[place]?.key);
    this.#blocks.insert(row, at(index - 1), at(index + 1));
  }

  #indexOf(key) {
    const shown = this.#shown.get(key);
    const index = shown ? this.#search(shown) - 1 : -1;
    return this.#order[index] === shown ? index : this.#order.indexOf(shown); // one that is gone keeps a former rank
  }

  /** The index behind all that are not older, by halves. */
  #search(conversation) {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byAge(this.#order[middle], conversation) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function keyOfRow(row) {
  if (!row) return undefined;
  const [accountId, id] = row.dataset.key.split(":");
  return threadOf({ account_id: accountId, thread_id: row.dataset.thread, id });
}
