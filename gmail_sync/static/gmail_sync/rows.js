// The rows on the page. Texts are written as text only: subjects contain HTML on purpose.

import { keyOf } from "./listing.js";
import { fullDate, listDate, plain } from "./words.js";

export class Rows {
  #list; #blank; #firstDate; #lastDate; #accounts;
  #rows = new Map();

  /** `template` holds the blank row and the limits of dates; `accounts` maps ids to {email}. */
  constructor(list, template, accounts) {
    this.#list = list;
    this.#blank = template.content.firstElementChild;
    [this.#firstDate, this.#lastDate] = [Number(template.dataset.firstDate), Number(template.dataset.lastDate)];
    this.#accounts = accounts;
    for (const row of list.children) this.#rows.set(row.dataset.key, row);
  }

  get count() { return this.#rows.size; }

  /** The messages of the rows, as far as a row shows them. */
  messages() { return [...this.#list.children].map(messageOf); }

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
    for (const row of this.#rows.values()) this.#drawDate(row);
  }

  #fill(message) {
    const key = keyOf(message.account_id, message.id);
    const row = this.#rows.get(key) ?? this.#blank.cloneNode(true);
    const account = this.#accounts.get(message.account_id) ?? { email: "" };
    const write = (part, ...texts) => {
      const otherwise = this.#blank.querySelector(part).textContent; // "(no subject)": a link needs a text
      writeText(row.querySelector(part), plain(...texts, otherwise));
    };
    const labels = message.label_ids.join(" ");
    Object.assign(row.dataset, { key, labels, thread: message.thread_id, date: message.internal_date });
    row.classList.toggle("unread", message.label_ids.includes("UNREAD"));
    row.classList.toggle("starred", message.label_ids.includes("STARRED"));
    write(".row-sender", message.from_name, message.from_address, message.from);
    write(".row-mailbox", account.email);
    write(".row-subject", message.subject);
    write(".row-snippet", message.snippet);
    row.querySelector(".row-subject").href = `/conversations/${message.account_id}/${encodeURIComponent(message.thread_id || message.id)}/`;
    this.#drawDate(row);
    this.#rows.set(key, row);
    return row;
  }

  #drawDate(row) {
    const date = new Date(Math.min(Math.max(Number(row.dataset.date), this.#firstDate), this.#lastDate));
    const element = row.querySelector(".row-date");
    element.dateTime = date.toISOString();
    element.title = fullDate(date);
    writeText(element, listDate(date));
  }
}

/** A message as its row tells it; its sender is the shown text. */
function messageOf(row) {
  const [accountId, id] = row.dataset.key.split(":");
  const text = (part) => row.querySelector(part).textContent;
  return {
    id,
    account_id: Number(accountId),
    thread_id: row.dataset.thread,
    label_ids: row.dataset.labels.split(" "),
    from: text(".row-sender"),
    subject: text(".row-subject"),
    snippet: text(".row-snippet"),
    internal_date: Number(row.dataset.date),
  };
}

function writeText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
