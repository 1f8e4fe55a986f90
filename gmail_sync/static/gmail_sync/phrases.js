// The page's words, from its one block of them (phrases.py), with numbers and names put in. Pure.

const plural = new Intl.PluralRules("en");

export class Phrases {
  #phrases;

  constructor(phrases) { this.#phrases = phrases; }

  /** The phrase at `path` ("did.archive"), in the form for `n` if it counts; "" if there is none. */
  say(path, values = {}) {
    const found = path.split(".").reduce((part, name) => part?.[name], this.#phrases);
    const form = typeof found === "object" ? (found[plural.select(values.n)] ?? found.other) : found;
    return (form ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  /** A part of the phrases, as it is. */
  part(name) { return this.#phrases[name] ?? {}; }
}
