// The state line in the page's bar: a dot and a phrase (standing.js says which).

import { standing } from "./standing.js";

const CALM_MS = 2_000; // a renewed stream is back by then, and nobody need know
const HEARD = ["live", "asking", "catching-up", "degraded"];

export class StateLine {
  #element; #words; #phrases;
  #connection = "connecting";
  #since = null;
  #late = [];
  #mailboxes = [];
  #saving = "";
  #timer = 0;

  constructor(element, phrases) {
    this.#element = element;
    this.#phrases = phrases;
    this.#words = element.querySelector(".connection-words");
  }

  /** Take the stream's state. */
  connection(state) {
    clearTimeout(this.#timer);
    const passing = state === "connecting" || state === "catching-up";
    if (passing && HEARD.includes(this.#connection)) {
      this.#timer = setTimeout(() => this.#become(state), CALM_MS);
    } else {
      this.#become(state);
    }
  }

  /** Take the server's list of what is late. */
  late(late) {
    this.#late = late;
    this.#draw();
  }

  /** Take the mailboxes, as {id, email, state}. */
  mailboxes(mailboxes) {
    this.#mailboxes = mailboxes;
    this.#draw();
  }

  /** Take the words for acts that are not confirmed yet, or "". */
  saving(words) {
    if (words === this.#saving) return;
    this.#saving = words;
    this.#draw();
  }

  #become(state) {
    if (state === "live" || state === "asking") this.#since = null;
    else if (state === "degraded" || HEARD.includes(this.#connection)) this.#since ??= new Date();
    this.#connection = state;
    this.#draw();
  }

  #draw() {
    const { words, grade, mend } = standing({
      connection: this.#connection,
      since: this.#since,
      late: this.#late,
      mailboxes: this.#mailboxes,
      saving: this.#saving,
      phrases: this.#phrases,
    });
    const { dataset } = this.#element;
    dataset.connection = this.#connection;
    dataset.standing = grade;
    if (this.#connection === "signed-out") this.#write(this.#phrases.say("line.sign_in"), dataset.signIn);
    else this.#write(words, mend && dataset.accounts);
  }

  #write(text, href) {
    if (this.#words.textContent === text) return; // screen readers would read it aloud again
    if (href) this.#words.replaceChildren(Object.assign(document.createElement("a"), { href, textContent: text }));
    else this.#words.textContent = text;
  }
}
