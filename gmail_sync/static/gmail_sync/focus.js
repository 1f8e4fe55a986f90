// The reader's place in the list: one row is in the tab order, and the focus never falls to the page.

/** Let the arrows move in a toolbar, which is one stop of the tab key. */
export function toolbar(element) {
  const tools = [...element.querySelectorAll("button")];
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tools.at((tools.indexOf(event.target) + step) % tools.length);
    for (const tool of tools) tool.tabIndex = tool === next ? 0 : -1;
    next.focus();
  });
}

export class Place {
  #rows; #heading;
  #key;
  #awaited; // the reader's row, where the list has yet to come

  constructor(rows, heading) {
    this.#rows = rows;
    this.#heading = heading;
    rows.onLeave = (key, successor, held) => this.#left(key, successor, held);
  }

  get key() { return this.#rows.row(this.#key) ? this.#key : undefined; }

  /** Let the list's one tab stop be a row: the reader's, or the first. */
  settle() {
    this.#key = this.key ?? this.#rows.first;
    const link = this.#rows.link(this.#key);
    if (link && link.tabIndex !== 0) link.tabIndex = 0; // to set it anew lays out the page
    if (document.activeElement !== this.#heading || !this.#rows.row(this.#awaited)) return;
    this.take(this.#awaited);
    this.enter();
  }

  /** Make a row the reader's, without moving the focus. */
  take(key) {
    const former = this.#rows.link(this.#key);
    const link = this.#rows.link(key);
    this.#awaited = link ? undefined : key;
    if (!link) return;
    if (former) former.tabIndex = -1;
    link.tabIndex = 0;
    this.#key = key;
  }

  /** Go to the row `step` further on. */
  move(step) {
    const isIn = this.#rows.keyOf(document.activeElement) === this.key;
    const key = this.key && isIn ? this.#rows.beside(this.key, step) : (this.key ?? this.#rows.first);
    this.take(key);
    this.enter();
  }

  /** Put the focus into the reader's row, or on the heading where there is no row. */
  enter() {
    const link = this.#rows.link(this.key);
    (link ?? this.#heading).focus({ preventScroll: true });
    link?.scrollIntoView({ block: "nearest" });
  }

  #left(key, successor, held) {
    if (key === this.#key) {
      this.#key = undefined;
      this.take(successor);
    }
    if (!held) return;
    this.take(successor);
    this.enter();
  }
}
