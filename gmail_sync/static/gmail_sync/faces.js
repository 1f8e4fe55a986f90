// Who else looks at this mailbox: faces in the head of the list, and now and then a sentence for screen readers.

import { plain } from "./words.js";

const PAUSE_MS = 3_000; // who comes and goes within it is not worth a word
const MOST_FACES = 4;
const NAMED = 2;
const letter = (word) => [...word][0]?.toLocaleUpperCase() ?? "";

export class Faces {
  #list; #words; #say;
  #people = [];
  #said = null; // the names by id, as screen readers know them; null: nobody has been named yet
  #timer = 0;

  /** `element` holds a list and a line of words; say(sentence) speaks to screen readers. */
  constructor(element, say) {
    this.element = element;
    this.#list = element.querySelector("ul");
    this.#words = element.querySelector("p");
    this.#say = say;
  }

  /** Show exactly these people. */
  show(people) {
    const known = JSON.stringify(this.#people);
    this.#people = people.map((person) => ({ ...person, name: plain(person.name) || "Somebody" }));
    if (JSON.stringify(this.#people) !== known) this.#draw();
    if (this.#said === null) this.#said = this.#names(); // whoever was there first is read with the page
    else if (!this.#timer) this.#timer = setTimeout(() => this.#tell(), PAUSE_MS);
  }

  #draw() {
    const shown = this.#people.slice(0, MOST_FACES);
    const first = this.#people.slice(0, NAMED).map(({ name }) => name.split(/\s+/u)[0]);
    const rest = this.#people.length - first.length;
    this.#list.replaceChildren(...this.#people.map((person, place) => face(person, place < shown.length)));
    this.#words.textContent = `${first.join(", ")}${rest > 0 ? ` and ${rest} more` : ""} here`;
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
    const said = [come.length && sentence(come, "here now"), gone.length && sentence(gone, "no longer here")];
    if (come.length || gone.length) this.#say(said.filter(Boolean).join(". "));
  }
}

function sentence(names, words) {
  return `${names.join(", ")} ${names.length > 1 ? "are" : "is"} ${words}`;
}

function face({ id, name, state }, isDrawn) {
  const item = document.createElement("li");
  if (isDrawn) {
    const initials = document.createElement("span");
    const words = name.split(/\s+/u);
    initials.className = "face";
    initials.dataset.hue = 1 + (id % 6);
    initials.dataset.state = state;
    initials.title = name;
    initials.ariaHidden = "true";
    initials.textContent = letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : "");
    item.append(initials);
  }
  const full = document.createElement("bdi");
  const spoken = document.createElement("span");
  full.textContent = name;
  spoken.className = "hidden";
  spoken.append(full, state === "idle" ? ", away" : "");
  item.append(spoken);
  return item;
}
