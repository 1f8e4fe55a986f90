// The conversations that the reader has ticked. Pure.

export class Selection {
  #keys = new Set();
  #last = null; // where a range begins

  get size() { return this.#keys.size; }
  get keys() { return [...this.#keys]; }
  has(key) { return this.#keys.has(key); }

  toggle(key, on = !this.#keys.has(key)) {
    if (on) this.#keys.add(key);
    else this.#keys.delete(key);
    this.#last = key;
  }

  /** Tick all from the last one to this one, in the order of the list; alone, it is ticked by itself. */
  extend(key, order) {
    const [from, to] = [order.indexOf(this.#last), order.indexOf(key)].sort((a, b) => a - b);
    if (from < 0) this.toggle(key, true);
    else for (const one of order.slice(from, to + 1)) this.#keys.add(one);
    this.#last = key;
  }

  all(keys) { this.#keys = new Set(keys); }

  clear() {
    this.#keys.clear();
    this.#last = null;
  }

  /** Forget one that left the list. */
  drop(key) {
    this.#keys.delete(key);
    if (this.#last === key) this.#last = null;
  }
}
