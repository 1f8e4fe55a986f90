// The rows on the page. Text goes in as text only: subjects contain HTML on purpose.

import { keyOf } from "./listing.js";
import { dateOf, fullDate, listDate, plain, senderOf } from "./words.js";

const [NO_SUBJECT, NO_SENDER] = ["(no subject)", "(no sender)"]; // a link without a name is none to a screen reader

export class Rows {
  #list; #blank; #addresses;
  #rows = new Map();

  /** `addresses` maps a mailbox's id to its address. */
  constructor(list, template, addresses) {
    this.#list = list;
    this.#blank = template.content.firstElementChild;
    this.#addresses = addresses;
    for (const row of list.children) this.#rows.set(row.dataset.key, row);
  }

  get count() { return this.#rows.size; }

  /** Show exactly these messages, newest first; rows that stay keep their element, and so the focus. */
  replace(messages) {
    const keys = new Set(messages.map((message) => keyOf(message.account_id, message.id)));
    for (const key of [...this.#rows.keys()]) if (!keys.has(key)) this.hide(key);
    messages.forEach((message, index) => {
      const row = this.#fill(message);
      if (this.#list.children[index] !== row) this.#list.insertBefore(row, this.#list.children[index] ?? null);
    });
  }

  /** Draw the message where its date puts it. */
  show(message, arrived = false) {
    const isNew = !this.#rows.has(keyOf(message.account_id, message.id));
    const row = this.#fill(message);
    if (isNew) {
      const below = [...this.#list.children].find((other) => Number(other.dataset.date) <= message.internal_date);
      this.#list.insertBefore(row, below ?? null);
    }
    if (arrived) row.classList.add("arrived");
  }

  hide(key) {
    this.#rows.get(key)?.remove();
    this.#rows.delete(key);
  }

  /** Yesterday's "14:05" is today's "12 Nov". */
  refreshDates() {
    for (const row of this.#rows.values()) drawDate(row);
  }

  #fill(message) {
    const key = keyOf(message.account_id, message.id);
    const row = this.#rows.get(key) ?? this.#blank.cloneNode(true);
    const address = this.#addresses.get(message.account_id) ?? "";
    const subject = row.querySelector(".row-subject");
    row.dataset.key = key;
    row.dataset.date = message.internal_date;
    row.classList.toggle("unread", message.label_ids.includes("UNREAD"));
    row.classList.toggle("starred", message.label_ids.includes("STARRED"));
    write(row.querySelector(".row-sender"), plain(senderOf(message), NO_SENDER));
    write(row.querySelector(".row-mailbox"), address);
    write(row.querySelector(".row-snippet"), plain(message.snippet));
    write(subject, plain(message.subject, NO_SUBJECT));
    subject.href = `https://mail.google.com/mail/?authuser=${encodeURIComponent(address)}#all/${encodeURIComponent(message.thread_id)}`;
    drawDate(row);
    this.#rows.set(key, row);
    return row;
  }
}

function drawDate(row) {
  const date = dateOf(Number(row.dataset.date));
  const element = row.querySelector(".row-date");
  element.dateTime = date.toISOString();
  element.title = fullDate(date);
  write(element, listDate(date));
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
