// Keys and what they mean, with Gmail's letters. Pure.

const VERBS = {
  "j": "next", "k": "previous", "o": "open", "u": "back", "x": "choose", "X": "choose-range", "e": "archive", "#": "trash",
  "s": "star", "l": "label", "I": "read", "U": "unread", "z": "undo", "?": "keys", "Escape": "choose-nothing",
};
const GO = { i: "inbox", u: "unread-mail", s: "starred", t: "sent", a: "all", l: "labels" };
const GO_MS = 1_500; // between g and the letter after it
const OF_OTHERS = /^(?!\p{Script=Latin})\p{L}$/u; // a letter of another alphabet

export class Keys {
  #goUntil = 0;

  /** The verb of a key, or undefined. `event` is {key, code, ctrlKey, metaKey, altKey, shiftKey}. */
  verb(event, now = Date.now()) {
    const key = meant(event);
    if (event.ctrlKey || event.metaKey || (event.altKey && key !== "#")) return undefined; // a British Mac's is Option+3
    const going = now < this.#goUntil;
    this.#goUntil = 0;
    if (going && GO[key]) return GO[key];
    if (key === "g") this.#goUntil = now + GO_MS;
    return VERBS[key];
  }
}

/** The key by its letter: by the place of one that writes another alphabet, and whatever Caps Lock makes of it. */
function meant({ key, code = "", shiftKey }) {
  if (key === "№") return "#"; // on that key, where the alphabet is Cyrillic
  const letter = OF_OTHERS.test(key) ? /^Key([A-Z])$/.exec(code)?.[1] : /^[a-z]$/i.exec(key)?.[0];
  return letter ? (shiftKey ? letter.toUpperCase() : letter.toLowerCase()) : key;
}

/** True while an input method takes the keys; Safari says it of the last one by its number alone. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** True for a press that means a link or button itself, not a tab or window of its own. */
export const isPlain = ({ button, ctrlKey, metaKey, shiftKey, altKey }) =>
  button === 0 && !(ctrlKey || metaKey || shiftKey || altKey);

/** True where single keys are text or another's: in fields, and while a dialog or a menu is open. */
export const isTyping = (element) =>
  Boolean(element?.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]")) ||
  document.querySelector(":popover-open") !== null;
