// The ways to other mail than the inbox, each with an address: a search, with what the mirror has while somebody types
// and all mail after Enter; a view; and the way back.

import { Chips } from "./chips.js";
import { toldOf } from "./found-words.js";
import { isComposing, isPlain, isTyping } from "./keys.js";
import { Question } from "./question.js";
import { isOurs, markView } from "./rail.js";
import { labelsOf, wantedIn } from "./views.js";
import { clock } from "./words.js";

const TYPED_MS = 200;
const STALE_MS = 60_000; // a view that is looked at is asked for again

export class Search {
  #find; #phrases; #accounts; #labels; #question; #account; #found; #turn; #opening; #chips;
  #wanted = ""; // that is shown: "q=lease", "view=starred"; "" for the inbox
  #answer = null;
  #timer;

  /**
   * `ask(words, {here, after, signal})` asks the server, `accounts` maps ids to mailboxes, `found` is the list of what
   * comes; turn(name, title) lets "inbox" or "found" be seen, `opening` knows whether a conversation is open.
   */
  constructor({ find, phrases, accounts, labels, ask, account, found, turn, opening }) {
    [this.#find, this.#phrases, this.#accounts, this.#labels] = [find, phrases, accounts, labels];
    [this.#account, this.#found, this.#turn, this.#opening] = [account, found, turn, opening];
    this.#question = new Question(ask);
    this.#chips = new Chips(find("chips"), find("find"));
    find("find").addEventListener("input", () => this.#typed());
    find("find-form").addEventListener("submit", (event) => this.#submitted(event));
    find("found-more").addEventListener("click", () => this.#more());
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("visibilitychange", () => this.#refresh());
    setInterval(() => this.#refresh(), STALE_MS / 4);
    addEventListener("popstate", () => this.#follow());
    const first = JSON.parse(find("first-found")?.textContent ?? "null");
    if (first) this.#open(wantedIn(location.search), first);
    else this.#follow();
  }

  /** Take a mail event. Returns the conversations that are to be drawn again. */
  hear(type, payload) { return this.#wanted ? this.#found.hear(type, payload) : []; }

  /** Draw one of them. */
  show(key) {
    if (!this.#wanted) return;
    this.#found.show(key);
    this.#tell();
  }

  /** Show a view by its name; "inbox" is the way back. */
  view(name) {
    this.#opening.uncover(true);
    if (name !== "inbox") this.#all(`view=${name}`);
    else if (this.#wanted) this.#leave();
    else this.#home();
  }

  #typed() {
    clearTimeout(this.#timer);
    const query = this.#find("find").value.trim();
    this.#opening.uncover();
    if (!query) this.#leave();
    else this.#timer = setTimeout(() => this.#here(`${new URLSearchParams({ q: query })}`), TYPED_MS);
  }

  #submitted(event) {
    event.preventDefault();
    const box = this.#find("find");
    const query = box.value.trim();
    if (query) this.#all(`${new URLSearchParams({ q: query })}`, document.activeElement === box);
    else this.#leave();
  }

  /** Links to views of the same mailboxes are followed in place. */
  #clicked(event) {
    const link = event.target.closest?.("a[data-view]");
    if (!link || !isPlain(event) || !isOurs(link, this.#account)) return;
    event.preventDefault();
    const rail = link.closest("[popover]");
    if (rail?.matches(":popover-open")) rail.hidePopover();
    this.view(link.dataset.view);
  }

  async #here(wanted) {
    const answer = await this.#asking(wanted, { here: true });
    if (answer) this.#open(wanted, answer);
  }

  async #all(wanted, takesFocus = true) {
    clearTimeout(this.#timer);
    if (wanted.startsWith("view")) this.#find("find").value = "";
    if (this.#wanted !== wanted) await this.#here(wanted);
    if (this.#wanted !== wanted) return;
    this.#address(wanted);
    if (takesFocus) this.#find("found-title").focus({ preventScroll: true });
    this.#tell("asking");
    const answer = await this.#asking(wanted, {});
    if (answer) this.#open(wanted, answer);
  }

  async #more() {
    const answer = await this.#asking(this.#wanted, { after: this.#answer.after });
    if (answer) this.#open(this.#wanted, answer, true);
  }

  /** Ask for a view again: what entered it from outside the mirror no event tells. */
  async #refresh() {
    const isStale = this.#wanted.startsWith("view") && this.#question.age >= STALE_MS;
    if (document.hidden || !isStale || this.#question.busy || !this.#find("found")) return;
    const [wanted, former] = [this.#wanted, this.#answer];
    const answer = await this.#asking(wanted, {});
    if (answer) this.#open(wanted, { ...answer, after: former?.here ? answer.after : former.after }, true);
  }

  /** Returns null if another question came, or no answer, which is said. */
  async #asking(wanted, options) {
    try {
      return await this.#question.put(wanted, options);
    } catch (error) {
      console.warn("the search failed", error);
      if (this.#wanted !== wanted) this.#open(wanted, { messages: [], accounts: [], here: true });
      this.#find("found-told").textContent = this.#phrases.say(wanted.startsWith("view") ? "views.failed" : "search.failed");
      this.#find("found-empty").textContent = "";
      if (this.#found.rows.count) this.#tell();
      else this.#find("found-count").textContent = "";
      return null;
    }
  }

  #open(wanted, answer, beside = false) {
    const [kind, name] = [...new URLSearchParams(wanted)][0];
    const isView = kind === "view";
    const isNew = this.#wanted !== wanted;
    [this.#wanted, this.#answer] = [wanted, answer];
    const title = isView ? (this.#phrases.part("views").names[name] ?? this.#labels.name(Number(this.#account), name)) : name;
    this.#find("found-title").firstElementChild.textContent = title;
    this.#find("found-empty").textContent = this.#phrases.say(isView ? "views.empty" : answer.here ? "search.none_here" : "search.none");
    if (isNew) this.#turn("found", title);
    this.#found.load(answer, isView ? labelsOf(name) : null, beside);
    this.#find("found-more").hidden = !answer.after;
    this.#find("found-told").textContent = toldOf(answer, this.#accounts, isView, this.#phrases);
    this.#chips.draw(isView ? "" : name);
    markView(isView ? name : "", this.#account);
    this.#tell();
  }

  #tell(what = this.#answer?.here ? "here" : "found") {
    const view = { asking: "views.asking", here: "views.here", found: "views.as_of" }[what];
    const isView = this.#wanted.startsWith("view");
    const time = this.#answer?.at ? clock(new Date(this.#answer.at)) : "";
    this.#find("found-count").textContent = this.#phrases.say(isView ? view : `search.${what}`, { n: this.#found.rows.count, time });
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#question.forget();
    if (!this.#wanted) return;
    const held = this.#find("found").contains(document.activeElement) || document.activeElement === document.body;
    this.#wanted = "";
    this.#turn("inbox", "");
    this.#address("");
    markView("inbox", this.#account);
    if (this.#find("find").value && document.activeElement !== this.#find("find")) this.#find("find").value = "";
    if (held) this.#find("list-title").focus({ preventScroll: true });
  }

  #home() {
    this.#address("");
    this.#find("list-title").focus({ preventScroll: true });
  }

  #address(wanted) {
    const words = [this.#account && `account=${this.#account}`, wanted].filter(Boolean).join("&");
    const address = `${this.#opening.isOpen ? location.pathname : "/"}${words ? `?${words}` : ""}`;
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
  }

  #follow() {
    const wanted = wantedIn(location.search);
    if (wanted === this.#wanted) return;
    this.#find("find").value = new URLSearchParams(wanted).get("q") ?? "";
    if (wanted) this.#all(wanted, false);
    else this.#leave();
  }

  #pressed(event) {
    const box = this.#find("find");
    if (event.defaultPrevented || !box || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.#wanted && !document.querySelector("dialog[open], :popover-open")) {
      box.value = "";
      box.blur();
      this.#leave();
    } else if (event.key === "/" && !isTyping(event.target)) box.select();
    else return;
    event.preventDefault();
  }
}
