// Conversations open beside the list, or over it on a phone, each at its own address: the browser's ways back and
// forward lead through them, and a reload shows the same.

import { Ahead } from "./ahead.js";
import { bring } from "./bringing.js";

const LISTS = ["account", "view", "q"]; // what an address says of the list
const STEPS = { previous: -1, next: 1 };
const ADDRESS = /^\/conversations\/(\d+)\/([^/]+)\/$/;

export class Opening {
  #reader; #list; #head; #find; #settings; #phrases; #notices;
  #pending; // the key of the one that is on its way
  #brought = null; // its article
  #marked; // the link of its row
  #asked = new AbortController();
  #direction = 1; // in which one reads on: to the older ones, until one has gone back
  #ahead = new Ahead(() => this.#toReadAhead());

  /** `list` is the one that is shown; `settings` say where one goes on after an act, notices() what does not come. */
  constructor({ reader, list, head, find, settings, phrases, notices }) {
    [this.#reader, this.#list, this.#head, this.#find, this.#settings] = [reader, list, head, find, settings];
    [this.#phrases, this.#notices] = [phrases, notices];
    addEventListener("popstate", () => this.#follow());
    if (find("reader")) this.#shown(find("reader"), document.activeElement === document.body && !location.hash);
  }

  /** Open a conversation of the list. */
  async open(key) {
    const link = this.#rows.link(key);
    if (!link) return;
    const address = new URL(link.href).pathname + this.#query;
    if (!(await this.#bring(key, address, () => this.open(key)))) return;
    if (this.isOpen) history.replaceState(history.state, "", address);
    else history.pushState({ fromList: true }, "", address);
    this.#put(this.#brought);
  }

  /** Open the conversation `step` rows further on. */
  step(step) {
    const key = this.#beside(step);
    this.#direction = step;
    if (key) this.open(key);
  }

  /** The conversation `step` rows further on, or the reader's place if the open one is not listed; undefined at an end. */
  #beside(step) {
    const from = this.#pending ?? this.#reader.key;
    const key = this.#rows.conversation(from) ? this.#rows.beside(from, step) : this.#place.key;
    return key === from ? undefined : key;
  }

  /**
   * Go on after the open one was put away: beside the list to the next older one, the newer one, or back to the list, as
   * the reader has set it; over the list back to it.
   */
  advance(older, newer) {
    const next = { older: older ?? newer, newer: newer ?? older, list: undefined }[this.#settings.get("advance")];
    if (next && this.#isBeside) this.open(next);
    else this.close();
  }

  /** Put the open conversation away for the list to be seen: if it covers it, or `always`. */
  uncover(always = false) {
    if (!this.#reader.element || (this.#isBeside && !always)) return;
    const held = this.#reader.element.contains(document.activeElement);
    this.#putAway(false);
    if (held) this.#find("content").focus({ preventScroll: true });
  }

  /** Go back to the list. */
  close() {
    const { fromList } = history.state ?? {};
    if (!fromList) history.replaceState(null, "", `/${this.#query}`);
    this.#putAway();
    if (fromList) history.back();
  }

  /** Mark the row of the open conversation, and where the list ends, after the rows have changed. */
  draw() {
    for (const [verb, step] of Object.entries(STEPS)) {
      const button = this.#reader.element?.querySelector(`[data-verb=${verb}]`);
      if (button) button.ariaDisabled = String(!this.#beside(step));
    }
    const link = this.#rows.link(this.#pending ?? this.#reader.key);
    if (link === this.#marked) return;
    this.#marked?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    this.#marked = link;
  }

  get #rows() { return this.#list.rows; }
  get #place() { return this.#list.place; }
  get isOpen() { return Boolean(this.#reader.element); }
  get #isBeside() { return this.#find("list").checkVisibility({ visibilityProperty: true }); }

  /** The query of the list, which addresses keep: "?account=7&view=starred", or "". */
  get #query() {
    const words = [...new URLSearchParams(location.search)].filter(([name, value]) => LISTS.includes(name) && value);
    return words.length ? `?${new URLSearchParams(words)}` : "";
  }

  /** Follow the browser's ways back and forward. */
  async #follow() {
    const [, account, thread] = ADDRESS.exec(location.pathname) ?? [];
    const key = account && `${account}:${decodeURIComponent(thread)}`;
    if (key === this.#reader.key) return;
    if (!key) this.#putAway();
    else if (await this.#bring(key, location.pathname, () => this.#follow())) this.#put(this.#brought);
  }

  /** Fetch a conversation's article; false if something else came first, it did not come, or the server must say why. */
  async #bring(key, address, again) {
    this.#asked.abort();
    const asked = (this.#asked = new AbortController());
    this.#pending = key;
    this.draw();
    let isTold = false;
    const { article, late } = await bring(address, asked.signal, (n) => {
      isTold = true;
      this.#notices().tell(this.#say("again", { n }));
    });
    if (asked.signal.aborted) return false;
    if (isTold) this.#notices().withdraw();
    this.#pending = undefined;
    this.#brought = article;
    if (late) this.#tooLate(again);
    else if (!article) location.assign(address);
    return Boolean(article);
  }

  #tooLate(again) {
    this.draw();
    this.#notices().refused(this.#say("over"), this.#say("reason"), { again });
  }

  #say(words, values) { return this.#phrases.say(`late.conversation.${words}`, values); }

  /** The conversation that is opened next, if one goes on; none that only Gmail has. */
  #toReadAhead() {
    const key = this.#reader.element && this.#beside(this.#direction);
    return key && !this.#rows.link(key).target ? this.#rows.conversation(key) : undefined;
  }

  #put(brought) {
    const article = document.importNode(brought, true);
    const former = this.#reader.element;
    if (!this.#find("list")) return; // signed out
    if (former) former.replaceWith(article);
    else this.#find("list").after(article);
    this.#shown(article, true);
  }

  #shown(article, takesFocus) {
    this.#reader.show(article);
    this.#place.take(this.#reader.key);
    this.#head.reading(this.#reader.subject.textContent);
    this.draw();
    this.#ahead.turn();
    if (takesFocus) this.#reader.subject.focus({ preventScroll: true });
  }

  #putAway(enters = true) {
    const { element, key } = this.#reader;
    this.#asked.abort();
    this.#pending = undefined;
    if (!element) return this.draw();
    this.#reader.end();
    element.remove();
    this.#head.reading("");
    this.#place.take(key);
    this.draw();
    return enters && this.#place.enter();
  }
}
