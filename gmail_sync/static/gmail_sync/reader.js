// The conversation that is open: its article is the server's (reader.html), and what changes in it comes from a fresh
// copy. What the reader did and Gmail has not confirmed lies over it as over the list.

import { turnArchive } from "./archive-tool.js";
import { actable, conversation, threadOf } from "./conversations.js";
import { toolbar } from "./focus.js";
import { drawLabels } from "./labels.js";
import { limited } from "./limited.js";
import { isOutside } from "./listing.js";
import { begin, relabel } from "./message.js";
import { ReadOnOpen } from "./read-on-open.js";

const SOON_MS = 200; // a change of many labels brings many events
const AGAIN_MS = 5_000;

export class Reader {
  #overlay; #phrases; #labels; #read; #announce;
  #article = null;
  #reading = null;
  #timer = 0;

  /** Called when another conversation is open, or none. */
  onTurn = () => {};

  /** read(conversation) marks it read; announce(words) tells screen readers. */
  constructor({ overlay, phrases, labels, read, announce }) {
    [this.#overlay, this.#phrases, this.#labels, this.#read, this.#announce] = [overlay, phrases, labels, read, announce];
  }

  /** Take an article that stands in the page. */
  show(article) {
    this.#letGo();
    this.#article = article;
    this.#reading = new ReadOnOpen(article.querySelector("#reading"), (frame) => this.#seen(frame));
    toolbar(article.querySelector("[role=toolbar]"));
    for (const message of this.#messages) this.#begin(message);
    this.draw();
    this.onTurn();
  }

  /** Let go of the article. */
  end() {
    this.#letGo();
    this.onTurn();
  }

  #letGo() {
    clearTimeout(this.#timer);
    this.#reading?.end();
    this.#reading = this.#article = null;
  }

  get element() { return this.#article; }
  get subject() { return this.#find("#subject"); }

  /** The key of the conversation in the list, or undefined if none is open. */
  get key() {
    const { account, thread } = this.#article?.dataset ?? {};
    return thread && threadOf({ account_id: account, thread_id: thread });
  }

  /** True if its mailbox may be acted on. */
  get acts() { return this.#article?.dataset.acts === "yes"; }

  /** Leave unread what the reader marked so, until the conversation is opened anew. */
  hold() { this.#reading?.end(); }

  /** What the reader sees of it, as the list tells its conversations; null if nothing is left of it. */
  conversation() { return conversation(this.#seenMessages()); }

  /** Draw what the open acts make of it. */
  draw() {
    if (!this.#article) return;
    const seen = this.#seenMessages();
    this.#messages.forEach((message, index) => {
      const { label_ids: labels } = seen[index];
      message.classList.toggle("unread", labels.includes("UNREAD"));
      message.classList.toggle("starred", labels.includes("STARRED"));
    });
    const starred = seen.some(({ label_ids: labels }) => labels.includes("STARRED"));
    this.#find("[data-verb=star]").setAttribute("aria-pressed", String(starred));
    const isAway = seen.length > 0 && isOutside({ messages: seen });
    turnArchive(this.#find("[role=toolbar]"), isAway, this.#phrases);
    const taken = this.#find("#taken"); // a server of the release before sends none
    if (taken && !isAway) taken.hidden = true;
    drawLabels(this.#find("#thread-labels"), this.#labels.among(Number(this.#article.dataset.account), seen));
  }

  /** Take an event of the stream. */
  hear(type, payload) {
    if (!this.#article || String(payload.account_id) !== this.#article.dataset.account) return;
    if (type === "account.status" && payload.can_act !== undefined) this.#article.dataset.acts = payload.can_act ? "yes" : "no";
    const { message } = payload;
    const isOurs = message && threadOf({ ...message, account_id: payload.account_id }) === this.key;
    const shown = message && this.#messages.find(({ dataset }) => dataset.message === message.id);
    if (type !== "mailbox.resynced" && !isOurs && !shown) return; // what is shown may move to another conversation
    if (shown && message.label_ids) shown.dataset.labels = message.label_ids.join(" ");
    this.draw();
    this.refresh(SOON_MS);
  }

  /** Say who took the conversation out of the inbox, if it is the open one: it stays open until its reader leaves it. */
  taken(key, words) {
    if (!words || key !== this.key || !isOutside({ messages: this.#seenMessages() })) return;
    const notice = this.#find("#taken");
    if (!notice) return;
    notice.hidden = false;
    notice.querySelector("span").textContent = this.#phrases.say("reader.taken", { words });
  }

  /** Fetch it again within `ms`. */
  refresh(ms) {
    clearTimeout(this.#timer);
    if (this.#article) this.#timer = setTimeout(() => this.#takeFresh(this.#article), ms);
  }

  get #messages() { return [...(this.#find("#messages")?.children ?? [])]; }

  #find(selector) { return this.#article?.querySelector(selector); }

  #seenMessages() {
    const { account } = this.#article.dataset;
    return this.#messages.map(({ dataset }, index) => this.#overlay.seen({
      account_id: Number(account),
      id: dataset.message,
      thread_id: dataset.thread,
      internal_date: Number(dataset.date),
      label_ids: dataset.labels.split(" ").filter(Boolean),
      subject: this.subject.textContent,
      kept: !("unstored" in dataset),
      rank: index,
    }));
  }

  #begin(message) {
    begin(message, { phrases: this.#phrases, announce: this.#announce, onRead: (frame) => this.#reading?.shown(frame) });
  }

  /** Mark read up to the message that was seen: what stands above it stood before the reader, too. */
  #seen(frame) {
    const date = Number(frame.closest(".message").dataset.date);
    const seen = actable(conversation(this.#seenMessages().filter(({ internal_date: other }) => other <= date)));
    if (this.acts && seen?.unread) this.#read(seen);
  }

  async #takeFresh(article) {
    const { account, thread, whole = "" } = article.dataset;
    const address = `/conversations/${account}/${encodeURIComponent(thread)}/${whole}`;
    const answer = await limited(address).catch(() => null);
    const text = answer?.ok ? await answer.text().catch(() => null) : null;
    if (article !== this.#article || !article.isConnected) return;
    if (answer?.status === 404) this.#empty();
    else if (text === null) this.refresh(AGAIN_MS * (1 + Math.random()));
    else this.#take(new DOMParser().parseFromString(text, "text/html"));
  }

  /** Take which messages there are and how they are labelled. Open frames stay. */
  #take(fresh) {
    const wanted = [...fresh.querySelectorAll("#messages > .message")];
    const ids = new Set(wanted.map(({ id }) => id));
    const shown = new Map(this.#messages.map((message) => [message.id, message]));
    const list = this.#find("#messages");
    for (const [id, message] of shown) if (!ids.has(id)) this.#remove(message);
    const arrived = wanted.map((message, index) => {
      if (shown.has(message.id)) return relabel(shown.get(message.id), message);
      const added = document.importNode(message, true);
      list.insertBefore(added, list.children[index] ?? null);
      this.#begin(added);
      return added;
    }).filter(Boolean).length;
    this.#find("#thread-count").textContent = fresh.getElementById("thread-count").textContent;
    if (arrived) this.#announce(this.#phrases.say("reader.new", { n: arrived }));
    this.draw();
  }

  #remove(message) {
    const held = message.contains(document.activeElement);
    message.remove();
    if (held) this.subject.focus({ preventScroll: true });
  }

  /** Its last message is gone from Gmail. */
  #empty() {
    for (const message of this.#messages) this.#remove(message);
    this.#find("#thread-count").textContent = this.#phrases.say("reader.none");
    this.#announce(this.#phrases.say("reader.gone"));
  }
}
