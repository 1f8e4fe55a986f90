// Keys and what they mean, with Gmail's letters. Pure.

const VERBS = {
  "j": "next", "k": "previous", "o": "open", "u": "back", "x": "choose", "X": "choose-range", "e": "archive", "#": "trash",
  "s": "star", "l": "label", "I": "read", "U": "unread", "z": "undo", "?": "keys", "Escape": "choose-nothing",
};
const GO = { i: "inbox", u: "unread-mail", s: "starred", t: "sent", a: "all", l: "labels" };
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

/** True for a press that means a link or button itself, not a tab or window of its own. */
export const isPlain = ({ button, ctrlKey, metaKey, shiftKey, altKey }) =>
  button === 0 && !(ctrlKey || metaKey || shiftKey || altKey);

/** True where single keys are text or another's: in fields, and while a dialog or a menu is open. */
export const isTyping = (element) =>
  Boolean(element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]")) ||
  document.querySelector(":popover-open") !== null;
