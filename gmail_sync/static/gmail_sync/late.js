// A part of a message that did not come in time: the page asks for it again by itself, and says so where it is missing.

import { Again } from "./again.js";

export class Late {
  #place; #phrases; #announce; #ask;
  #again = new Again();
  #line = null;
  #timer = 0;

  /** The words stand before `place`. `ask()` asks once more; `announce(words)` tells screen readers when it is over. */
  constructor(place, { phrases, announce, ask }) {
    [this.#place, this.#phrases, this.#announce, this.#ask] = [place, phrases, announce, ask];
  }

  /** It is there, or will never be. */
  came() {
    clearTimeout(this.#timer);
    this.#line?.remove();
    this.#line = null;
    this.#again = new Again();
  }

  /** It is not there: `what` is "mail", "layout" or "files"; not before `seconds`, if the server says so. */
  missed(what, seconds) {
    clearTimeout(this.#timer);
    const wait = this.#again.wait(seconds);
    if (wait === null) return this.#giveUp(what);
    this.#say(this.#phrases.say(`late.${what}.again`, { n: Math.ceil(wait / 1_000) }));
    this.#timer = setTimeout(() => this.#askAgain(), wait);
  }

  #giveUp(what) {
    const words = this.#phrases.say(`late.${what}.over`);
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button quiet", textContent: this.#phrases.say("again") });
    button.addEventListener("click", () => {
      this.#place.closest("details").querySelector("summary").focus({ preventScroll: true });
      this.#again = new Again();
      this.#askAgain();
    });
    this.#say(words);
    this.#line.append(" ", button);
    this.#announce(words);
  }

  #askAgain() {
    if (!this.#place.isConnected) return; // the conversation was closed
    this.#say(this.#phrases.say("late.asking"));
    this.#ask();
  }

  #say(words) {
    this.#line ??= Object.assign(document.createElement("p"), { className: "late" });
    this.#line.textContent = words;
    if (!this.#line.isConnected) this.#place.before(this.#line);
  }
}
