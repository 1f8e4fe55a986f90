// Who else has which conversation open: faces at its row, and a line in the head of the open one. Nothing of it is said
// aloud: a screen reader finds it where it stands.

import { face } from "./face.js";
import { plain } from "./words.js";

const MOST_FACES = 2;

export class Readers {
  #lists; #reader; #phrases;
  #people = new Map(); // by conversation
  #mailboxes = []; // those that show their readers
  #shown = "";

  /** `lists` are the rows of the lists. */
  constructor({ lists, reader, phrases }) {
    [this.#lists, this.#reader, this.#phrases] = [lists, reader, phrases];
    for (const rows of lists) rows.onShow = (key, row) => this.#people.has(key) && this.#mark(key, row);
  }

  /** Show exactly these, by conversation; `mailboxes` are those that show their readers. */
  show(people, mailboxes) {
    const shown = JSON.stringify([...people, mailboxes]);
    if (shown === this.#shown) return;
    const touched = new Set([...this.#people.keys(), ...people.keys()]);
    [this.#shown, this.#people, this.#mailboxes] = [shown, people, mailboxes];
    for (const rows of this.#lists) for (const key of touched) if (rows.row(key)) this.#mark(key, rows.row(key));
    this.draw();
  }

  /** Draw the head of the open conversation. */
  draw() {
    const { element, key } = this.#reader;
    const line = element?.querySelector("#readers");
    if (!line) return; // none is open, or the article is of the former release
    const people = this.#of(key);
    line.hidden = !people.length;
    line.replaceChildren(...people.slice(0, MOST_FACES).map(face), this.#words(people));
    element.querySelector("#readers-told").hidden = !this.#mailboxes.includes(Number(element.dataset.account));
  }

  #mark(key, row) {
    const people = this.#of(key);
    row.querySelector(".row-readers")?.remove();
    if (!people.length) return;
    const [mark, spoken] = [document.createElement("span"), document.createElement("span")];
    mark.className = "row-readers";
    spoken.className = "hidden";
    spoken.append(", ", this.#words(people));
    mark.append(...people.slice(0, MOST_FACES).map(face), spoken);
    row.querySelector(".row-side").prepend(mark);
  }

  #of(key) {
    const people = this.#people.get(key) ?? [];
    return people.map((person) => ({ ...person, name: plain(person.name) || this.#phrases.say("faces.nobody") }));
  }

  #words(people) {
    const awake = people.filter(({ state }) => state !== "idle");
    const named = awake.length ? awake : people;
    const words = document.createElement("span");
    const names = named.map(({ name }) => name).join(", ");
    words.textContent = this.#phrases.say(awake.length ? "readers.here" : "readers.away", { n: named.length, names });
    return words;
  }
}
