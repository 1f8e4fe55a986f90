// The list as one acts on it: keys, ticks, toolbar and row buttons become acts; their outcomes become words.

import { Acts } from "./acts.js";
import { Place, toolbar } from "./focus.js";
import { isTyping, Keys } from "./keys.js";
import { Notices } from "./notices.js";
import { Selection } from "./selection.js";

const MANY_TRASHED = 100;
const ACTS = ["archive", "trash", "read", "unread", "star"];

export class Desk {
  #rows; #phrases; #find; #redraw; #accountsPage;
  #selection = new Selection();
  #keys = new Keys();
  #rowActs;

  /** `post` and `redraw` are those of Acts; `canAct` tells whether a mailbox may be acted on. */
  constructor({ rows, overlay, phrases, find, post, redraw, accountsPage }) {
    [this.#rows, this.#phrases, this.#find, this.#redraw] = [rows, phrases, find, redraw];
    this.#accountsPage = accountsPage;
    this.place = new Place(rows, find("list-title"));
    this.acts = new Acts({ post, overlay, redraw, refused: (...told) => this.#refused(...told) });
    this.notices = new Notices(find("says"), find("announcement"), phrases, {
      undo: () => this.#undo(),
      giveBack: () => this.place.enter(),
    });
    const leave = rows.onLeave;
    rows.onLeave = (key, ...rest) => {
      this.#selection.drop(key);
      leave(key, ...rest);
    };
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.#sweep());
    this.#rowActs = find("row-acts"); // it goes with a row that leaves, and comes back
    toolbar(find("choosing-head").querySelector("[role=toolbar]"));
    find("rows").addEventListener("pointerover", (event) => this.#pointed(event));
    find("list").addEventListener("click", (event) => this.#clicked(event));
    find("list").addEventListener("focusin", (event) => this.#entered(event));
  }

  /** Draw what is ticked, after the rows have changed. */
  draw() {
    const { size } = this.#selection;
    const [reading, choosing] = [this.#find("reading-head"), this.#find("choosing-head")];
    if (size === 0 && choosing.hidden) return; // with twenty thousand rows each look at all of them counts
    const held = choosing.contains(document.activeElement);
    reading.hidden = size > 0;
    choosing.hidden = size === 0;
    this.#find("list").toggleAttribute("data-choosing", size > 0);
    this.#find("chosen").textContent = this.#phrases.say("chosen", { n: size });
    this.#find("choose-all").textContent = this.#phrases.say("all", { n: this.#choosable().length });
    for (const tick of this.#find("rows").querySelectorAll(".row-tick :checked")) {
      tick.checked = this.#selection.has(this.#rows.keyOf(tick));
    }
    for (const key of this.#selection.keys) this.#rows.row(key).querySelector(".row-tick input").checked = true;
    if (held && choosing.hidden) this.place.enter();
  }

  #pressed(event) {
    if (event.defaultPrevented || isTyping(event.target) || !this.#find("list")) return; // signed out
    const verb = this.#keys.verb(event);
    if (!verb || (verb === "choose-nothing" && !this.#selection.size)) return;
    event.preventDefault();
    this.do(verb);
  }

  #clicked(event) {
    const key = this.#rows.keyOf(event.target);
    const star = event.target.closest(".row-star");
    const tick = event.target.closest(".row-tick input");
    const verb = event.target.closest("[data-verb]")?.dataset.verb;
    if (tick && event.shiftKey) this.#selection.extend(key, this.#choosable());
    else if (tick) this.#selection.toggle(key, tick.checked);
    if (tick) this.draw();
    else if (star) this.#act("star", [key]);
    else if (verb && key) this.do(verb === "read" && !this.#rows.conversation(key).unread ? "unread" : verb, [key]);
    else if (verb) this.do(verb);
  }

  /** One set of buttons moves to the row under the pointer: twenty thousand rows carry none. */
  #pointed(event) {
    const row = event.target.closest(".row.acts");
    const buttons = this.#rowActs;
    if (row && buttons && buttons.parentElement !== row) row.append(buttons);
  }

  #entered(event) {
    const key = this.#rows.keyOf(event.target);
    this.#sweep(key);
    if (key) this.place.take(key);
  }

  /** Take off the rows that others took, now that the reader looks elsewhere. */
  #sweep(except) {
    if (this.#rows.sweep(except)) this.#redraw([]);
  }

  /** Do what a key or a button says, with `keys`, or else with what is ticked or the reader's row. */
  do(verb, keys) {
    const moves = {
      "next": () => this.place.move(1),
      "previous": () => this.place.move(-1),
      "open": () => this.#rows.link(this.place.key)?.click(),
      "inbox": () => location.assign("/"),
      "keys": () => this.#find("keys").showModal(),
      "undo": () => this.#undo(),
      "choose": () => this.#choose((key) => this.#selection.toggle(key)),
      "choose-range": () => this.#choose((key) => this.#selection.extend(key, this.#choosable())),
      "choose-all": () => this.#selection.all(this.#choosable()),
      "choose-nothing": () => this.#selection.clear(),
    };
    if (ACTS.includes(verb)) this.#act(verb, keys ?? (this.#selection.size ? this.#selection.keys : [this.place.key]));
    else moves[verb]?.();
    if (verb.startsWith("choose")) this.draw();
  }

  #choose(take) {
    const { key } = this.place;
    if (this.#choosable().includes(key)) take(key);
  }

  #choosable() { return this.#rows.keys.filter((key) => this.#rows.row(key).classList.contains("acts")); }

  #act(verb, keys) {
    const acting = keys.filter((key) => this.#rows.row(key)?.classList.contains("acts"));
    const conversations = acting.map((key) => this.#rows.conversation(key));
    const exact = verb === "star" && conversations.every(({ starred }) => starred) ? "unstar" : verb;
    if (!conversations.length) return;
    const many = { n: conversations.length };
    if (verb === "trash" && many.n > MANY_TRASHED && !confirm(this.#phrases.say("confirm_trash", many))) return;
    this.#selection.clear();
    const done = this.acts.act(exact, conversations);
    this.draw();
    if (done) this.notices.did(this.#sentence("did", done.verb, done.ops));
  }

  #undo() {
    const undone = this.acts.undo();
    this.notices.withdraw();
    this.notices.announce(this.#phrases.say(undone ? "undone" : "nothing_to_undo"));
  }

  #refused(op, reason) {
    if (!op.verb) return; // another page of the reader's says it
    const again = () => this.#act(op.verb, op.touched);
    const known = this.#phrases.say(`reasons.${reason}`) || this.#phrases.say("reasons.other");
    const address = ["read_only", "reauth_required"].includes(reason) && this.#accountsPage;
    for (const key of op.touched) this.#mark(key, this.#phrases.say(`not_done.${op.verb}`));
    this.notices.refused(this.#sentence("refused", op.verb, [op]), known, { again: op.isUndo ? null : again, address });
  }

  #mark(key, words) {
    const place = this.#rows.row(key)?.querySelector(".row-place");
    if (!place) return;
    place.textContent = words;
    place.hidden = false;
  }

  #sentence(kind, verb, ops) {
    const subjects = ops.flatMap((op) => op.subjects);
    return this.#phrases.say(`${kind}.${verb}`, { n: subjects.length, subject: subjects[0] || "…" });
  }
}
