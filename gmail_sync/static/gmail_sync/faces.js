// Who else looks at this mailbox: faces in the head of the list, and now and then a sentence for screen readers.

import { face } from "./face.js";
import { plain } from "./words.js";

const PAUSE_MS = 3_000; // who comes and goes within it is not worth a word
const MOST_FACES = 4;
const NAMED = 2;

export class Faces {
  #list; #words; #phrases; #say;
  #people = [];
  #said = null; // the names by id, as screen readers know them; null: nobody has been named yet
  #timer = 0;

  /** `element` holds a list and a line of words; say(sentence) speaks to screen readers. */
  constructor(element, phrases, say) {
    this.#phrases = phrases;
    this.element = element;
    this.#list = element.querySelector("ul");
    this.#words = element.querySelector("p");
    this.#say = say;
  }

  /** Show exactly these people. */
  show(people) {
    const known = JSON.stringify(this.#people);
    this.#people = people.map((person) => ({ ...person, name: plain(person.name) || this.#phrases.say("faces.nobody") }));
    if (JSON.stringify(this.#people) !== known) this.#draw();
    if (this.#said === null) this.#said = this.#names(); // whoever was there first is read with the page
    else if (!this.#timer) this.#timer = setTimeout(() => this.#tell(), PAUSE_MS);
  }

  #draw() {
    const shown = this.#people.slice(0, MOST_FACES);
    const first = this.#people.slice(0, NAMED).map(({ name }) => name.split(/\s+/u)[0]);
    const rest = this.#people.length - first.length;
    const away = this.#phrases.say("faces.away");
    this.#list.replaceChildren(...this.#people.map((person, place) => item(person, place < shown.length, away)));
    this.#words.textContent = this.#phrases.say(rest > 0 ? "faces.here_and" : "faces.here", { names: first.join(", "), n: rest });
    this.element.hidden = this.#people.length === 0;
  }

  #names() {
    return new Map(this.#people.map(({ id, name }) => [id, name]));
  }

  #tell() {
    const [before, now] = [this.#said, this.#names()];
    const missing = (names, others) => [...names].filter(([id]) => !others.has(id)).map(([, name]) => name);
    const [come, gone] = [missing(now, before), missing(before, now)];
    this.#timer = 0;
    this.#said = now;
    const sentence = (what, names) => names.length && this.#phrases.say(`faces.${what}`, { n: names.length, names: names.join(", ") });
    if (come.length || gone.length) this.#say([sentence("come", come), sentence("gone", gone)].filter(Boolean).join(". "));
  }
}

function item(person, isDrawn, away) {
  const element = document.createElement("li");
  const full = document.createElement("bdi");
  const spoken = document.createElement("span");
  full.textContent = person.name;
  spoken.className = "hidden";
  spoken.append(full, person.state === "idle" ? away : "");
  element.append(...(isDrawn ? [face(person)] : []), spoken);
  return element;
}
