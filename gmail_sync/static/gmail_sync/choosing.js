// What the reader has ticked in the list that is shown, and the head that says so.

import { turnArchive } from "./archive-tool.js";
import { toolbar } from "./focus.js";
import { isOutside } from "./listing.js";
import { Selection } from "./selection.js";

export class Choosing {
  #find; #phrases; #list;
  #selection = new Selection();

  constructor({ find, phrases, list }) {
    [this.#find, this.#phrases, this.#list] = [find, phrases, list];
    toolbar(find("choosing-head").querySelector("[role=toolbar]"));
  }

  get size() { return this.#selection.size; }
  get keys() { return this.#selection.keys; }

  toggle(key, on) { this.#selection.toggle(key, on); }
  extend(key) { this.#selection.extend(key, this.#choosable()); }
  all() { this.#selection.all(this.#choosable()); }
  clear() { this.#selection.clear(); }
  drop(key) { this.#selection.drop(key); }
  has(key) { return this.#selection.has(key); }

  /** True for a row that can be ticked. */
  canTake(key) { return Boolean(this.#list.rows.row(key)?.classList.contains("acts")); }

  /** Draw the ticks and the head, after one of them or the rows have changed. */
  draw() {
    const { rows, place } = this.#list;
    const head = this.#find("choosing-head");
    if (this.size === 0 && head.hidden) return; // with twenty thousand rows each look at all of them counts
    const held = head.contains(document.activeElement);
    head.hidden = this.size === 0;
    this.#find("list").toggleAttribute("data-choosing", this.size > 0);
    this.#find("chosen").textContent = this.#phrases.say("chosen", { n: this.size });
    this.#find("choose-all").textContent = this.#phrases.say("all", { n: this.#choosable().length });
    for (const ticked of this.#find("list").querySelectorAll(".chosen, .row-tick :checked")) {
      tick(ticked.closest(".row"), this.has(rows.keyOf(ticked)));
    }
    for (const key of this.keys) tick(rows.row(key), true);
    turnArchive(head, this.size > 0 && this.keys.every((key) => isOutside(rows.conversation(key))), this.#phrases);
    if (held && head.hidden) place.enter();
  }

  #choosable() { return this.#list.rows.keys.filter((key) => this.canTake(key)); }
}

/** The class says the same as the box: a rule with :has() would walk through each row that comes. */
function tick(row, is) {
  row.classList.toggle("chosen", is);
  row.querySelector(".row-tick input").checked = is;
}
