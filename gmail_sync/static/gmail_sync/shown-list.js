// The list that is seen: the inbox, or what was found in its place. Each has the reader's place in it.

import { Place } from "./focus.js";

export class ShownList {
  #lists;
  #name = "inbox";

  /** `lists` are "inbox" and "found", each {rows, heading}; left(key) is called when a row is gone. */
  constructor(lists, left) {
    const made = Object.entries(lists).map(([name, { rows, heading }]) => {
      const place = new Place(rows, heading);
      const leave = rows.onLeave;
      rows.onLeave = (key, ...rest) => {
        left(key);
        leave(key, ...rest);
      };
      return [name, { rows, place }];
    });
    this.#lists = Object.fromEntries(made);
  }

  get rows() { return this.#lists[this.#name].rows; }
  get place() { return this.#lists[this.#name].place; }

  turn(name) { this.#name = name; }
}
