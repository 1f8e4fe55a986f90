// Keys and what they mean, with Gmail's letters. Pure.

const VERBS = {
  "j": "next", "k": "previous", "o": "open", "x": "choose", "X": "choose-range", "e": "archive", "#": "trash",
  "s": "star", "I": "read", "U": "unread", "z": "undo", "?": "keys", "Escape": "choose-nothing",
};
const GO = { i: "inbox" };
const GO_MS = 1_500; // between g and the letter after it

export class Keys {
  #goUntil = 0;

  /** The verb of a key, or undefined. `event` is {key, ctrlKey, metaKey, altKey}. */
  verb({ key, ctrlKey, metaKey, altKey }, now = Date.now()) {
    if (ctrlKey || metaKey || altKey) return undefined;
    const going = now < this.#goUntil;
    this.#goUntil = 0;
    if (going && GO[key]) return GO[key];
    if (key === "g") this.#goUntil = now + GO_MS;
    return VERBS[key];
  }
}

/** True where single keys are text: in fields, and while a dialog is open. */
export const isTyping = (element) =>
  Boolean(element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]"));
