// What a search or a view has found, in the place of the inbox: its rows, live as far as the mirror has them.

import { conversations, threadOf } from "./conversations.js";
import { inInbox, keyOf } from "./listing.js";
import { Rows } from "./rows.js";
import { enters, stays } from "./views.js";

export class Found {
  #find; #phrases; #accounts; #account; #overlay;
  #messages = new Map();
  #labels = null; // that make the view: none for all mail; null for a search
  #rank = 0;

  /** `accounts` maps ids to mailboxes, `account` is the one that is shown, `overlay` has the reader's open acts. */
  constructor({ find, phrases, accounts, account, labels, overlay }) {
    [this.#find, this.#phrases, this.#accounts, this.#overlay] = [find, phrases, accounts, overlay];
    this.#account = account ? Number(account) : null;
    const names = { labels, of: "found-" };
    this.rows = new Rows(find("found-rows"), find("blank-row"), accounts, phrases.part("days"), names);
  }

  /** Take an answer in place of everything, or `beside` what is known; `labels` make the view, or null. */
  load({ messages }, labels, beside = false) {
    const known = beside ? [...this.#messages.values()] : [];
    const ids = new Set(messages.map(({ account_id: id, id: name }) => keyOf(id, name)));
    const kept = known.filter((message) => !ids.has(keyOf(message.account_id, message.id)));
    this.#labels = labels;
    this.#rank = messages.length;
    this.#messages = new Map([...messages, ...kept].map((message, index) => {
      return [keyOf(message.account_id, message.id), { ...message, rank: -index }];
    }));
    this.draw();
  }

  /** Take a mail event; returns the conversations here that it changes. */
  hear(type, { account_id: accountId, message }) {
    const key = keyOf(accountId, message.id);
    const known = this.#messages.get(key);
    const isOurs = [null, accountId].includes(this.#account) && this.#labels && enters(message.label_ids ?? [], this.#labels);
    const isNew = !known && type === "message.added" && isOurs;
    if (!known && !isNew) return [];
    if (type === "message.deleted") this.#messages.delete(key);
    else if (known) this.#messages.set(key, { ...known, ...message, kept: true });
    else this.#messages.set(key, { ...message, account_id: accountId, kept: true, rank: (this.#rank += 1) });
    return [...new Set([known, this.#messages.get(key)].filter(Boolean).map(threadOf))];
  }

  /** The message, as the server or the log told it last. */
  message(accountId, id) { return this.#messages.get(keyOf(accountId, id)); }

  draw() {
    const found = conversations(this.#seen(() => true));
    this.rows.replace(found);
    for (const one of found) this.#place(this.rows.row(one.key), one);
    this.#find("found-empty").hidden = found.length > 0;
  }

  /** Draw one conversation. */
  show(key) {
    const [one] = conversations(this.#seen((message) => threadOf(message) === key));
    if (one) this.rows.show(one);
    else this.rows.hide(key);
    if (one) this.#place(this.rows.row(key), one);
    this.#find("found-empty").hidden = this.rows.count > 0;
  }

  #seen(isWanted) {
    const ours = [...this.#messages.values()].filter((message) => this.#accounts.has(message.account_id) && isWanted(message));
    return ours.map((message) => this.#overlay.seen(message)).filter(({ label_ids: ids }) => !this.#labels || stays(ids, this.#labels));
  }

  /** Say where a row lies, unless in the inbox; what has no page here opens in Gmail, and cannot be acted on here. */
  #place(row, { newest, messages }) {
    const words = this.#wordsFor(newest.label_ids);
    const [place, link] = [row.querySelector(".row-place"), row.querySelector(".row-link")];
    Object.assign(place, { hidden: !words, textContent: words });
    if (messages.some(({ kept }) => kept !== false)) {
      link.removeAttribute("target");
      return;
    }
    const thread = encodeURIComponent(newest.thread_id || newest.id);
    link.href = `${this.#accounts.get(newest.account_id).gmail_url}#all/${thread}`;
    Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
    row.classList.remove("acts");
    for (const control of row.querySelectorAll(".row-tick input, .row-star")) control.disabled = true;
  }

  #wordsFor(labels) {
    if (inInbox(labels)) return "";
    const places = this.#phrases.part("search").places ?? {};
    const found = Object.keys(places).find((label) => label === "other" || labels.includes(label));
    return this.#labels?.includes(found) ? "" : (places[found] ?? "");
  }
}
